import { lanes, replaceLane } from "../vector.ts";
import { insn } from "./insn.ts";
import { MEM_REGISTER } from "./operands.ts";
import {
  addressOf,
  checkMmx,
  checkSseAndMmx,
  enterMmx,
  generalPlace,
  low,
  mmx,
  mmxOrMemory,
  setMmx,
  setXmm,
  vectorOf,
  xmm,
} from "./simd.ts";
import { state } from "./state.ts";

/** Volume 2: MMX's moves, and EMMS. What is loaded or stored comes before x87's state changes. */
export const mmxMoves = [
  insn(
    "MOVD, MOVQ (MMX, from r/m)",
    "NP 0F 6E /r",
    ["size", "mem"],
    (e, { size, reg, ...place }) => {
      checkMmx(e);
      const value = generalPlace(e, size, place).read();
      enterMmx(e);
      setMmx(e, reg, vectorOf(e, value));
    },
    { asm: "movd mm, rm" },
  ),
  insn(
    "MOVD, MOVQ (MMX, to r/m)",
    "NP 0F 7E /r",
    ["size", "mem"],
    (e, { size, reg, ...place }) => {
      checkMmx(e);
      generalPlace(e, size, place).write(low(e, size === 64 ? 64 : 32, mmx(e, reg)));
      enterMmx(e);
    },
    { asm: "movd rm, mm" },
  ),
  insn(
    "MOVQ (MMX, load)",
    "NP 0F 6F /r",
    ["mem"],
    (e, { reg, ...place }) => {
      checkMmx(e);
      const value = mmxOrMemory(e, 64, place);
      enterMmx(e);
      setMmx(e, reg, value);
    },
    { asm: "movq mm, mm/m64" },
  ),
  insn(
    "MOVQ (MMX, store)",
    "NP 0F 7F /r",
    ["mem"],
    (e, { reg, ...place }) => {
      checkMmx(e);
      const value = mmx(e, reg);
      if (place.mem !== MEM_REGISTER) e.store(64, addressOf(e, place), low(e, 64, value));
      enterMmx(e);
      if (place.mem === MEM_REGISTER) setMmx(e, place.base, value);
    },
    { asm: "movq mm/m64, mm" },
  ),
  insn(
    "MOVNTQ",
    "NP 0F E7 /r",
    [],
    (e, { reg, ...place }) => {
      checkMmx(e);
      e.store(64, addressOf(e, place), low(e, 64, mmx(e, reg)));
      enterMmx(e);
    },
    { asm: "movntq m64, mm", place: "memory" },
  ),
  insn(
    "MOVQ2DQ",
    "F3 0F D6 /r",
    [],
    (e, { reg, base }) => {
      checkSseAndMmx(e);
      enterMmx(e);
      setXmm(e, reg, replaceLane(e, 3, mmx(e, base), 1, e.i64(0)));
    },
    { asm: "movq2dq xmm, mm/m64", place: "register" },
  ),
  insn(
    "MOVDQ2Q",
    "F2 0F D6 /r",
    [],
    (e, { reg, base }) => {
      checkSseAndMmx(e);
      enterMmx(e);
      setMmx(e, reg, lanes(e, 3, "splat", low(e, 64, xmm(e, base))));
    },
    { asm: "movdq2q mm, xmm/m128", place: "register" },
  ),
  insn(
    "EMMS",
    "NP 0F 77",
    [],
    (e) => {
      checkMmx(e);
      enterMmx(e);
      for (let register = 0; register < 8; register++) e.write(state.fpuEmpty, e.i32(1), register);
    },
    { asm: "emms" },
  ),
];
