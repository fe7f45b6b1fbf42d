import type { Emitter, RunCode, Value } from "../../isa/index.ts";
import type { RoutineLowering } from "../interpreter/routine-lowering.ts";
import { CODE_INDEX } from "../layout.ts";
import { RUN_ENTRY, RUN_PAGE } from "./run-layout.ts";

/**
 * Bytes of a page are about to be written: instructions that may hold one of them are decoded anew, in every mode. They
 * begin at a byte that is written or a little before; what straddles the page's start is not kept anyway.
 */
export function dropRuns(
  e: Emitter,
  low: RoutineLowering,
  { maxLength }: RunCode,
  page: Value,
  offset: Value,
  lastByte: Value,
): void {
  const before = e.i32(maxLength - 1);
  const code = e.variable(low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX));
  const first = e.select(e.ltU(32, offset, before), e.i32(0), e.sub(32, offset, before));
  const at = e.variable(e.i32(0));
  e.while(
    () => e.get(code),
    () => {
      e.set(at, first);
      e.while(
        () => e.op("i32.le_u", e.get(at), lastByte),
        () => {
          const place = e.add(32, e.get(code), e.shl(32, e.get(at), 2));
          const entry = low.f.load("i32", 32, place, RUN_PAGE.entries);
          e.if(entry, () => {
            low.f.store(32, entry, e.i32(0), RUN_ENTRY.handler);
            low.f.store(32, place, e.i32(0), RUN_PAGE.entries);
          });
          e.set(at, e.add(32, e.get(at), e.i32(1)));
        },
      );
      e.set(code, low.f.load("i32", 32, e.get(code), RUN_PAGE.next));
    },
  );
}

/** Does this where a translation, in any mode, depends on one of these bytes: at most 16. */
export function ifCovered(
  e: Emitter,
  low: RoutineLowering,
  page: Value,
  offset: Value,
  lastByte: Value,
  then: () => void,
): void {
  const code = e.variable(low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX));
  const covered = e.variable(e.i32(0));
  e.while(
    () => e.get(code),
    () => {
      const at = e.add(32, e.get(code), e.shrU(32, offset, 3));
      const bits = low.f.load("i32", 32, at, RUN_PAGE.covered);
      e.set(covered, e.or(32, e.get(covered), bits));
      e.set(code, low.f.load("i32", 32, e.get(code), RUN_PAGE.next));
    },
  );
  // From the byte with the first bit on there is room for the bits of all.
  const wanted = e.sub(32, e.op("i32.shl", e.i32(2), e.sub(32, lastByte, offset)), e.i32(1));
  e.if(e.and(32, e.op("i32.shr_u", e.get(covered), e.and(32, offset, e.i32(7))), wanted), then);
}
