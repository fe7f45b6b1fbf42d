import { insn } from "./insn.ts";
import { addressOf, generalPlace, type MemFields } from "./simd.ts";
import type { X86 } from "./emitter.ts";

/** Accesses are in order, and caches are not there: nothing is left to do. */
const nothing = (): void => {};
/** A line is looked at as a load of its byte does. */
const touch = (e: X86, place: MemFields): void => void e.load(8, addressOf(e, place));

/** Volume 1, section 10.4.6: fences, prefetches, and stores that pass the caches by. */
export const cacheability = [
  insn("LFENCE", "NP 0F AE /5", [], nothing, { asm: "lfence", place: "register" }),
  insn("MFENCE", "NP 0F AE /6", [], nothing, { asm: "mfence", place: "register" }),
  insn("SFENCE", "NP 0F AE /7", [], nothing, { asm: "sfence", place: "register" }),
  insn("CLFLUSH", "NP 0F AE /7", [], touch, { asm: "clflush rm", place: "memory" }),
  insn("PREFETCHNTA, PREFETCHT0, PREFETCHT1, PREFETCHT2", "0F 18 /op", ["op"], nothing, {
    asm: ["prefetchnta rm", "prefetcht0 rm", "prefetcht1 rm", "prefetcht2 rm", "nop rm", "nop rm", "nop rm", "nop rm"],
    place: "memory",
  }),
  insn("PREFETCH, PREFETCHW", "0F 0D /r", [], nothing, { asm: "prefetchw rm", place: "memory" }),
  insn(
    "MOVNTI",
    "NP 0F C3 /r",
    ["size"],
    (e, { size, reg, ...place }) => generalPlace(e, size, place).write(e.reg(size, reg)),
    { asm: "movnti rm, reg", place: "memory" },
  ),
];
