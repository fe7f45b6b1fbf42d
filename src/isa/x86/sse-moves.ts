import type { Value } from "../index.ts";
import { gatherLanes, lanes, replaceLane, zero } from "../vector.ts";
import type { X86 } from "./emitter.ts";
import { insn } from "./insn.ts";
import { MEM_REGISTER } from "./operands.ts";
import {
  addressOf,
  alignedAddress,
  checkSse,
  generalPlace,
  loadVector,
  low,
  type MemFields,
  setLow,
  setXmm,
  vectorOf,
  xmm,
  xmmOrMemory,
} from "./simd.ts";

type Place = MemFields & { readonly reg: MemFields["base"] };

/** A register, or 128 bits of memory, aligned or not. */
function whole(e: X86, aligned: boolean, fields: MemFields): Value {
  if (fields.mem === MEM_REGISTER) return xmm(e, fields.base);
  return e.load(128, aligned ? alignedAddress(e, fields) : addressOf(e, fields));
}
function load128(e: X86, aligned: boolean, { reg, ...place }: Place): void {
  checkSse(e);
  setXmm(e, reg, whole(e, aligned, place));
}
function store128(e: X86, aligned: boolean, { reg, ...place }: Place): void {
  checkSse(e);
  if (place.mem === MEM_REGISTER) setXmm(e, place.base, xmm(e, reg));
  else e.store(128, aligned ? alignedAddress(e, place) : addressOf(e, place), xmm(e, reg));
}
/** From a register the low bits, and the rest stays; from memory with zeros above. */
function loadLow(e: X86, bits: 32 | 64, { reg, ...place }: Place): void {
  checkSse(e);
  if (place.mem === MEM_REGISTER) setLow(e, bits, reg, xmm(e, place.base));
  else setXmm(e, reg, loadVector(e, bits, addressOf(e, place)));
}
function storeLow(e: X86, bits: 32 | 64, { reg, ...place }: Place): void {
  checkSse(e);
  if (place.mem === MEM_REGISTER) setLow(e, bits, place.base, xmm(e, reg));
  else e.store(bits, addressOf(e, place), low(e, bits, xmm(e, reg)));
}
/** 64 bits of memory to one half. */
function loadHalf(e: X86, half: 0 | 1, { reg, ...place }: Place): void {
  checkSse(e);
  const value = e.load(64, addressOf(e, place));
  setXmm(e, reg, replaceLane(e, 3, xmm(e, reg), half, value));
}
function storeHalf(e: X86, half: 0 | 1, { reg, ...place }: Place): void {
  checkSse(e);
  e.store(64, addressOf(e, place), lanes(e, 3, "extract_lane", xmm(e, reg), half));
}
/** Lanes of 2^size bytes that repeat each other. */
function duplicate(e: X86, size: 2 | 3, odd: 0 | 1, { reg, ...place }: Place): void {
  checkSse(e);
  const value = xmmOrMemory(e, size === 3 ? 64 : 128, place);
  setXmm(
    e,
    reg,
    gatherLanes(e, size, [value], (lane) => (lane & ~1) | odd),
  );
}

/** Volume 2: the moves of SSE, SSE2 and SSE3 that involve XMM registers. */
export const sseMoves = [
  insn("MOVUPS (load)", "NP 0F 10 /r", ["mem"], (e, place) => load128(e, false, place), {
    asm: "movups xmm, xmm/m128",
  }),
  insn("MOVUPS (store)", "NP 0F 11 /r", ["mem"], (e, place) => store128(e, false, place), {
    asm: "movups xmm/m128, xmm",
  }),
  insn("MOVUPD (load)", "66 0F 10 /r", ["mem"], (e, place) => load128(e, false, place), {
    asm: "movupd xmm, xmm/m128",
  }),
  insn("MOVUPD (store)", "66 0F 11 /r", ["mem"], (e, place) => store128(e, false, place), {
    asm: "movupd xmm/m128, xmm",
  }),
  insn("MOVSS (load)", "F3 0F 10 /r", ["mem"], (e, place) => loadLow(e, 32, place), { asm: "movss xmm, xmm/m32" }),
  insn("MOVSS (store)", "F3 0F 11 /r", ["mem"], (e, place) => storeLow(e, 32, place), { asm: "movss xmm/m32, xmm" }),
  insn("MOVSD (load)", "F2 0F 10 /r", ["mem"], (e, place) => loadLow(e, 64, place), { asm: "movsd xmm, xmm/m64" }),
  insn("MOVSD (store)", "F2 0F 11 /r", ["mem"], (e, place) => storeLow(e, 64, place), { asm: "movsd xmm/m64, xmm" }),
  insn("MOVAPS (load)", "NP 0F 28 /r", ["mem"], (e, place) => load128(e, true, place), { asm: "movaps xmm, xmm/m128" }),
  insn("MOVAPS (store)", "NP 0F 29 /r", ["mem"], (e, place) => store128(e, true, place), {
    asm: "movaps xmm/m128, xmm",
  }),
  insn("MOVAPD (load)", "66 0F 28 /r", ["mem"], (e, place) => load128(e, true, place), { asm: "movapd xmm, xmm/m128" }),
  insn("MOVAPD (store)", "66 0F 29 /r", ["mem"], (e, place) => store128(e, true, place), {
    asm: "movapd xmm/m128, xmm",
  }),
  insn("MOVDQA (load)", "66 0F 6F /r", ["mem"], (e, place) => load128(e, true, place), { asm: "movdqa xmm, xmm/m128" }),
  insn("MOVDQA (store)", "66 0F 7F /r", ["mem"], (e, place) => store128(e, true, place), {
    asm: "movdqa xmm/m128, xmm",
  }),
  insn("MOVDQU (load)", "F3 0F 6F /r", ["mem"], (e, place) => load128(e, false, place), {
    asm: "movdqu xmm, xmm/m128",
  }),
  insn("MOVDQU (store)", "F3 0F 7F /r", ["mem"], (e, place) => store128(e, false, place), {
    asm: "movdqu xmm/m128, xmm",
  }),
  insn("LDDQU", "F2 0F F0 /r", [], (e, place) => load128(e, false, place), {
    asm: "lddqu xmm, xmm/m128",
    place: "memory",
  }),
  insn("MOVNTPS", "NP 0F 2B /r", [], (e, place) => store128(e, true, place), {
    ...{ asm: "movntps xmm/m128, xmm", place: "memory" },
  }),
  insn("MOVNTPD", "66 0F 2B /r", [], (e, place) => store128(e, true, place), {
    ...{ asm: "movntpd xmm/m128, xmm", place: "memory" },
  }),
  insn("MOVNTDQ", "66 0F E7 /r", [], (e, place) => store128(e, true, place), {
    ...{ asm: "movntdq xmm/m128, xmm", place: "memory" },
  }),
  insn("MOVLPS (load)", "NP 0F 12 /r", [], (e, place) => loadHalf(e, 0, place), {
    ...{ asm: "movlps xmm, xmm/m64", place: "memory" },
  }),
  insn("MOVLPD (load)", "66 0F 12 /r", [], (e, place) => loadHalf(e, 0, place), {
    ...{ asm: "movlpd xmm, xmm/m64", place: "memory" },
  }),
  insn("MOVHPS (load)", "NP 0F 16 /r", [], (e, place) => loadHalf(e, 1, place), {
    ...{ asm: "movhps xmm, xmm/m64", place: "memory" },
  }),
  insn("MOVHPD (load)", "66 0F 16 /r", [], (e, place) => loadHalf(e, 1, place), {
    ...{ asm: "movhpd xmm, xmm/m64", place: "memory" },
  }),
  insn("MOVLPS (store)", "NP 0F 13 /r", [], (e, place) => storeHalf(e, 0, place), {
    ...{ asm: "movlps xmm/m64, xmm", place: "memory" },
  }),
  insn("MOVLPD (store)", "66 0F 13 /r", [], (e, place) => storeHalf(e, 0, place), {
    ...{ asm: "movlpd xmm/m64, xmm", place: "memory" },
  }),
  insn("MOVHPS (store)", "NP 0F 17 /r", [], (e, place) => storeHalf(e, 1, place), {
    ...{ asm: "movhps xmm/m64, xmm", place: "memory" },
  }),
  insn("MOVHPD (store)", "66 0F 17 /r", [], (e, place) => storeHalf(e, 1, place), {
    ...{ asm: "movhpd xmm/m64, xmm", place: "memory" },
  }),
  insn(
    "MOVHLPS",
    "NP 0F 12 /r",
    [],
    (e, { reg, base }) => {
      checkSse(e);
      const high = lanes(e, 3, "extract_lane", xmm(e, base), 1);
      setXmm(e, reg, replaceLane(e, 3, xmm(e, reg), 0, high));
    },
    { asm: "movhlps xmm, xmm/m128", place: "register" },
  ),
  insn(
    "MOVLHPS",
    "NP 0F 16 /r",
    [],
    (e, { reg, base }) => {
      checkSse(e);
      setXmm(e, reg, replaceLane(e, 3, xmm(e, reg), 1, low(e, 64, xmm(e, base))));
    },
    { asm: "movlhps xmm, xmm/m128", place: "register" },
  ),
  insn("MOVSLDUP", "F3 0F 12 /r", ["mem"], (e, place) => duplicate(e, 2, 0, place), { asm: "movsldup xmm, xmm/m128" }),
  insn("MOVSHDUP", "F3 0F 16 /r", ["mem"], (e, place) => duplicate(e, 2, 1, place), { asm: "movshdup xmm, xmm/m128" }),
  insn("MOVDDUP", "F2 0F 12 /r", ["mem"], (e, place) => duplicate(e, 3, 0, place), { asm: "movddup xmm, xmm/m64" }),
  insn(
    "MOVD, MOVQ (from r/m)",
    "66 0F 6E /r",
    ["size", "mem"],
    (e, { size, reg, ...place }) => {
      checkSse(e);
      setXmm(e, reg, vectorOf(e, generalPlace(e, size, place).read()));
    },
    { asm: "movd xmm, rm" },
  ),
  insn(
    "MOVD, MOVQ (to r/m)",
    "66 0F 7E /r",
    ["size", "mem"],
    (e, { size, reg, ...place }) => {
      checkSse(e);
      generalPlace(e, size, place).write(low(e, size === 64 ? 64 : 32, xmm(e, reg)));
    },
    { asm: "movd rm, xmm" },
  ),
  insn(
    "MOVQ (load)",
    "F3 0F 7E /r",
    ["mem"],
    (e, { reg, ...place }) => {
      checkSse(e);
      setXmm(e, reg, vectorOf(e, low(e, 64, xmmOrMemory(e, 64, place))));
    },
    { asm: "movq xmm, xmm/m64" },
  ),
  insn(
    "MOVQ (store)",
    "66 0F D6 /r",
    ["mem"],
    (e, { reg, ...place }) => {
      checkSse(e);
      const value = low(e, 64, xmm(e, reg));
      if (place.mem === MEM_REGISTER) setXmm(e, place.base, replaceLane(e, 3, zero(e), 0, value));
      else e.store(64, addressOf(e, place), value);
    },
    { asm: "movq xmm/m64, xmm" },
  ),
  insn(
    "MOVMSKPS",
    "NP 0F 50 /r",
    [],
    (e, { reg, base }) => {
      checkSse(e);
      e.setReg(32, reg, lanes(e, 2, "bitmask", xmm(e, base)));
    },
    { asm: "movmskps r32, xmm/m128", place: "register" },
  ),
  insn(
    "MOVMSKPD",
    "66 0F 50 /r",
    [],
    (e, { reg, base }) => {
      checkSse(e);
      e.setReg(32, reg, lanes(e, 3, "bitmask", xmm(e, base)));
    },
    { asm: "movmskpd r32, xmm/m128", place: "register" },
  ),
];
