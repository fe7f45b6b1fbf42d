import type { X86 } from "./emitter.ts";
import { insn } from "./insn.ts";
import { FEATURE } from "./models.ts";
import { generalPlace } from "./simd.ts";

/** Accesses are in order, and caches are not there: nothing is left to do. */
const nothing = (): void => {};
const needs =
  (feature: number) =>
  (e: X86): void =>
    e.requireFeature(feature);
/** Opcodes that the manual keeps for hints, ENDBR among them. */
const HINTS = ["19", "1A", "1B", "1C", "1D", "1E"] as const;

/** Volume 1, section 10.4.6: fences, prefetches, stores that pass the caches by; and hints that are none here. */
export const cacheability = [
  insn("LFENCE", "NP 0F AE /5", [], needs(FEATURE.SSE2), { asm: "lfence", place: "register" }),
  insn("MFENCE", "NP 0F AE /6", [], needs(FEATURE.SSE2), { asm: "mfence", place: "register" }),
  insn("SFENCE", "NP 0F AE /7", [], needs(FEATURE.SSE), { asm: "sfence", place: "register" }),
  // As with the reference, its line is not even translated: there might be a device.
  insn("CLFLUSH", "NP 0F AE /7", [], needs(FEATURE.CLFLUSH), { asm: "clflush m8", place: "memory" }),
  insn("PREFETCHNTA, PREFETCHT0, PREFETCHT1, PREFETCHT2", "0F 18 /op", ["op"], nothing, {
    asm: ["prefetchnta m8", "prefetcht0 m8", "prefetcht1 m8", "prefetcht2 m8", "nop rm", "nop rm", "nop rm", "nop rm"],
    place: "memory",
  }),
  insn("NOP (hint 18)", "0F 18 /r", [], nothing, { asm: "nop rm", place: "register" }),
  ...HINTS.map((opcode) => {
    const notation = `0F ${opcode} /r` as const;
    return insn(`NOP (hint ${opcode})`, notation, [], nothing, { asm: "nop rm" });
  }),
  insn("PREFETCH, PREFETCHW", "0F 0D /r", [], nothing, { asm: "prefetchw m8", place: "memory" }),
  insn(
    "MOVNTI",
    "NP 0F C3 /r",
    ["size"],
    (e, { size, reg, ...place }) => {
      e.requireFeature(FEATURE.SSE2);
      generalPlace(e, size, place).write(e.reg(size, reg));
    },
    { asm: "movnti rm, reg", place: "memory" },
  ),
];
