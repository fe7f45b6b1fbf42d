import { CODE, CODE_ENTRY_BYTES, CODE_PAGE_BYTES, ENGINE, FETCHED, OWN_HANDLER } from "../layout.ts";
import type { CodeForm } from "./code-form.ts";

/** Words of 4 bytes: a code address is a linear function of the instruction's. */
export const wordForm: CodeForm = {
  entryBytes: CODE_ENTRY_BYTES,
  ownHandler: OWN_HANDLER,
  // An address that is no instruction's has other low bits than any tag.
  tagMask: -4093,

  pc(low, ip) {
    const offset = low.op("i64.extend_i32_u", low.op("i32.shr_u", ip, low.constant("i32", 1)));
    return low.op("i64.add", low.peek64(ENGINE.pcBias), offset);
  },

  operands(low, entry) {
    const word = low.f.load("i32", 32, entry, 4);
    return ({ lsb, width }) => {
      const shifted = lsb === 0 ? word : low.op("i32.shr_u", word, low.constant("i32", lsb));
      if (lsb + width === 32) return shifted;
      return low.op("i32.and", shifted, low.constant("i32", 2 ** width - 1));
    };
  },

  entryAt(low, code, address) {
    const offset = low.op("i32.and", address, low.constant("i32", 0xffc));
    return low.op("i32.add", code, low.op("i32.shl", offset, low.constant("i32", 1)));
  },

  enterPage(low, code, page) {
    const bias = low.op("i64.extend_i32_u", low.op("i32.shr_u", code, low.constant("i32", 1)));
    low.poke64(ENGINE.pcBias, low.op("i64.sub", page, bias));
  },

  near(low, from, displacement) {
    const delta = low.op("i32.shl", low.op("i32.wrap_i64", displacement), low.constant("i32", 1));
    return { entry: low.op("i32.add", from, delta) };
  },

  fetched(low, code) {
    const pages = low.op("i32.sub", code, low.constant("i32", CODE));
    const number = low.op("i32.div_u", pages, low.constant("i32", CODE_PAGE_BYTES));
    return { pointer: low.op("i32.shl", number, low.constant("i32", 3)), offset: FETCHED };
  },
};
