import type { FieldSpec, Value } from "../../isa/index.ts";
import { ENGINE } from "../layout.ts";
import type { CodeForm, CodeLowering } from "./code-form.ts";
import { RUN_ENGINE, RUN_ENTRY, RUN_ENTRY_BYTES, RUN_PAGE } from "./run-layout.ts";

/** Instructions of many lengths: entries in decode order, found by their offset in the page. */
export const runForm: CodeForm = {
  entryBytes: RUN_ENTRY_BYTES,
  ownHandler: RUN_ENTRY.own,
  tagMask: -4096,

  // Where there is no entry, `ip` is 0: what lies there has offset 0, too.
  pc(low, ip) {
    const offset = low.op("i64.extend_i32_u", low.f.load("i32", 16, ip, RUN_ENTRY.offset));
    return low.op("i64.add", low.peek64(ENGINE.pcBias), offset);
  },

  operands: (low, entry) => (field) => readField(low, entry, field),

  entryAt(low, code, address) {
    const offset = low.op("i32.and", address, low.constant("i32", 0xfff));
    const at = low.op("i32.add", code, low.op("i32.shl", offset, low.constant("i32", 2)));
    return low.f.load("i32", 32, at, RUN_PAGE.entries);
  },

  enterPage(low, code, page) {
    low.poke32(RUN_ENGINE.code, code);
    low.poke64(ENGINE.pcBias, page);
  },

  near(low, _from, _displacement, target) {
    const entry = this.entryAt(low, low.peek32(RUN_ENGINE.code), low.op("i32.wrap_i64", target));
    return { entry, exists: entry };
  },

  fetched: (_low, code) => ({ pointer: code, offset: RUN_PAGE.fetched }),
};

/** Whole bytes are read as such. */
function readField(low: CodeLowering, entry: Value, { lsb, width }: FieldSpec): Value {
  if (lsb % 8 === 0 && (width === 8 || width === 16 || width === 32))
    return low.f.load("i32", width, entry, RUN_ENTRY.fields + lsb / 8);
  const word = low.f.load("i32", 32, entry, RUN_ENTRY.fields + 4 * (lsb >> 5));
  const bit = lsb & 31;
  const shifted = bit === 0 ? word : low.op("i32.shr_u", word, low.constant("i32", bit));
  return bit + width === 32 ? shifted : low.op("i32.and", shifted, low.constant("i32", 2 ** width - 1));
}
