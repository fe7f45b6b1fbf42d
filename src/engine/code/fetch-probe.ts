import type { Value } from "../../isa/index.ts";
import { TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH, TLB_INDEX_SHIFT } from "../layout.ts";
import type { BaseLowering } from "../interpreter/lowering.ts";

/** What the fetch TLB knows of an instruction's address. */
export interface FetchProbe {
  readonly hit: Value;
  /** Only after a hit: the code address of the instruction's entry, and what makes the pc that of its page. */
  found(): { readonly ip: Value; readonly enterPage: () => void };
}

/** Looks up an address (i64) in the tables in use; `generation` stands in every valid tag. */
export function fetchProbe(low: BaseLowering, target: Value, tlb: Value, generation: Value): FetchProbe {
  const { f } = low;
  const { form } = low.context;
  const int = (value: number): Value => low.constant("i32", value);
  const offset = low.op("i32.wrap_i64", target);
  const index = low.op(
    "i32.and",
    low.op("i32.shr_u", offset, int(TLB_INDEX_SHIFT)),
    int((TLB_ENTRIES - 1) * TLB_ENTRY_BYTES),
  );
  const entry = low.op("i32.add", tlb, index);
  const page = low.op("i64.and", target, low.constant("i64", form.tagMask));
  const tag = low.op("i64.or", page, generation);
  return {
    hit: low.op("i64.eq", f.load("i64", 64, entry, TLB_FETCH), tag),
    found() {
      const code = f.load("i32", 32, entry, TLB_FETCH + 8);
      return { ip: form.entryAt(low, code, offset), enterPage: () => form.enterPage(low, code, page) };
    },
  };
}
