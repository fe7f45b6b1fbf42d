import type { Emitter, Routine, Value } from "../index.ts";
import { CS, DS, ES, FS, GS, SS, state } from "./state.ts";

/**
 * Places in a task's state of 16 bits, in words; in one of 32 bits, CR3 comes before them. Volume 3, 7.2.1 and 7.6.
 * The local table, CR3 and the trap bit are not found so.
 */
const PLACE = { IP: 7, FLAGS: 8, REGISTERS: 9, SEGMENTS: 17 } as const;
const [LOCAL_16, LOCAL_32, CR3, TRAP] = [0x2a, 0x60, 0x1c, 0x64] as const;
/** In the order of their places. */
export const SEGMENTS = [ES, CS, SS, DS, FS, GS] as const;
/** A state of 16 bits has the first four. */
const SEGMENTS_16 = 4;
const REGISTERS = 8;

const address = (e: Emitter, base: Value, wide: Value, place: number): Value =>
  e.add(64, base, e.select(wide, e.i64(4 * (place + 1)), e.i64(2 * place)));

const loadWord: Routine<Emitter> = {
  name: "loadTaskWord",
  params: ["i64", "i32"],
  result: "i32",
  accesses: true,
  body(e, at, wide) {
    e.if(wide!, () => e.return(e.load(32, at!)));
    return e.load(16, at!);
  },
};
const storeWord: Routine<Emitter> = {
  name: "storeTaskWord",
  params: ["i64", "i32", "i32"],
  result: undefined,
  accesses: true,
  body(e, at, wide, value) {
    e.if(
      wide!,
      () => e.store(32, at!, value!),
      () => e.store(16, at!, e.and(32, value!, e.i32(0xffff))),
    );
  },
};

/** What the state of a task in memory says: each an i32. */
export interface Task {
  readonly ip: Value;
  readonly flags: Value;
  readonly registers: readonly Value[];
  /** By segment. */
  readonly selectors: readonly Value[];
  readonly cr3: Value;
  readonly local: Value;
  /** 1: a debug exception comes before its next instruction. */
  readonly trap: Value;
}

/** `wide` (i32): it has 32 bits. What one of 16 bits has not is 0. */
export function readTask(e: Emitter, base: Value, wide: Value): Task {
  const onlyWide = (read: () => Value): Value => {
    const value = e.variable(e.i32(0));
    e.if(wide, () => e.set(value, read()));
    return e.get(value);
  };
  const word = (place: number): Value => e.call(loadWord, address(e, base, wide, place), wide);
  const selector = (segment: number): Value => e.load(16, address(e, base, wide, PLACE.SEGMENTS + segment));
  const cr3 = onlyWide(() => e.load(32, e.add(64, base, e.i64(CR3))));
  const [ip, flags] = [word(PLACE.IP), word(PLACE.FLAGS)];
  const registers = Array.from({ length: REGISTERS }, (_, n) => word(PLACE.REGISTERS + n));
  const selectors = SEGMENTS.map((segment) =>
    segment < SEGMENTS_16 ? selector(segment) : onlyWide(() => selector(segment)),
  );
  const local = e.load(16, e.add(64, base, e.select(wide, e.i64(LOCAL_32), e.i64(LOCAL_16))));
  const trap = onlyWide(() => e.and(32, e.load(32, e.add(64, base, e.i64(TRAP))), e.i32(1)));
  return { ip, flags, registers, selectors, cr3, local, trap };
}

/** What the processor has of the task in execution. `ip`: i64; `flags`: i32. */
export function saveTask(e: Emitter, base: Value, wide: Value, ip: Value, flags: Value): void {
  const word = (place: number, value: Value): void =>
    void e.call(storeWord, address(e, base, wide, place), wide, value);
  word(PLACE.IP, e.wrap(ip));
  word(PLACE.FLAGS, flags);
  for (let n = 0; n < REGISTERS; n++) word(PLACE.REGISTERS + n, e.wrap(e.read(state.r, n)));
  const selector = (segment: number): void =>
    e.store(16, address(e, base, wide, PLACE.SEGMENTS + segment), e.read(state.selector, segment));
  SEGMENTS.slice(0, SEGMENTS_16).forEach(selector);
  e.if(wide, () => SEGMENTS.slice(SEGMENTS_16).forEach(selector));
}
