import { describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { CS, DS, state } from "../../src/isa/x86/state.ts";
import { ARENA, type Case, PLACE } from "./case.ts";
import { initialFpu } from "./fpu-image.ts";
import { enterCase, placeCpu, withoutBoard } from "./ours.ts";

const [PROTECTED, NE] = [0x33, 0x20];
const [MP, EM, TS] = [2, 4, 8];
const [NM, MF] = [7, 16];
const OFFSET = 0x200;

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
let errors = 0;
const board = { ...withoutBoard, floatingPointError: (): void => void errors++ };
const cpu = placeCpu(interpreter, undefined, board);
const begin = cpu.saveState();

/** Control word, status word. */
type Words = readonly [number, number];
const READY: Words = [0x37f, 0];
/** An invalid operation, which is not masked. */
const PENDING: Words = [0x37e, 0x8081];

function enter(code: readonly number[], steps: number, [control, status]: Words, cr0: number, long: boolean): void {
  const fpu = initialFpu();
  const view = new DataView(fpu.buffer);
  view.setUint16(0, control, true);
  view.setUint16(2, status, true);
  const r = new Array<bigint>(16).fill(0n);
  const one: Case = { code: Uint8Array.from(code), long, offset: OFFSET, r, flags: 2, changes: [], fpu };
  cpu.physical.writeRam(PLACE + OFFSET, one.code);
  enterCase(cpu, begin, one, cr0);
  cpu.run(steps);
}
/** The exception of an instruction; undefined: none. */
function trap(code: readonly number[], words: Words, cr0 = PROTECTED): number | undefined {
  enter(code, 1, words, cr0, true);
  return Number(cpu.readState(state.halted)) === 2 ? Number(cpu.readState(state.faultVector)) : undefined;
}

const [FLD1, FNOP, FWAIT] = [[0xd9, 0xe8], [0xd9, 0xd0], [0x9b]];
const [FNSTSW, FNINIT, FNCLEX] = [
  [0xdf, 0xe0],
  [0xdb, 0xe3],
  [0xdb, 0xe2],
];
const [PADDB, MOVQ2DQ, ADDPS] = [
  [0x0f, 0xfc, 0xc1],
  [0xf3, 0x0f, 0xd6, 0xc1],
  [0x0f, 0x58, 0xc1],
];

describe("exceptions of x87", () => {
  it("come before the next instruction that waits for them", () => {
    for (const code of [FLD1, FNOP, FWAIT, PADDB, MOVQ2DQ]) expect(trap(code, PENDING)).toBe(MF);
    for (const code of [FLD1, FNOP, FWAIT, PADDB, MOVQ2DQ]) expect(trap(code, READY)).toBeUndefined();
  });
  it("wait for others", () => {
    for (const code of [FNSTSW, FNINIT, FNCLEX, ADDPS]) expect(trap(code, PENDING)).toBeUndefined();
  });
  it("are the board's without CR0.NE, and code goes on", () => {
    errors = 0;
    expect(trap(FLD1, PENDING, PROTECTED & ~NE)).toBeUndefined();
    expect(errors).toBe(1);
    expect(cpu.pc).toBe(BigInt(PLACE + OFFSET + FLD1.length));
    expect(trap(FLD1, READY, PROTECTED & ~NE)).toBeUndefined();
    expect(errors).toBe(1);
  });
});

describe("CR0 forbids x87", () => {
  it("by EM and by TS, before exceptions that are pending", () => {
    for (const code of [FLD1, FNSTSW, FNINIT])
      for (const bit of [EM, TS]) expect(trap(code, PENDING, PROTECTED | bit)).toBe(NM);
  });
  it("FWAIT by TS with MP only", () => {
    expect(trap(FWAIT, READY, PROTECTED | TS | MP)).toBe(NM);
    expect(trap(FWAIT, READY, (PROTECTED | TS) & ~MP)).toBeUndefined();
    expect(trap(FWAIT, READY, PROTECTED | EM)).toBeUndefined();
  });
});

describe("FNSTENV and FLDENV", () => {
  const [FLD, FNSTENV, FLDENV] = [0x05, 0x35, 0x25];
  const at = (modrm: number, address: number): number[] => [
    0xd9,
    modrm,
    ...new Uint8Array(Uint32Array.of(address).buffer),
  ];
  const SAVED = ARENA + 0x100;
  const [CODE_SELECTOR, DATA_SELECTOR] = [0x1b, 0x23];
  const view = new DataView(begin.buffer);
  view.setUint16(state.selector.offset + 2 * CS, CODE_SELECTOR, true);
  view.setUint16(state.selector.offset + 2 * DS, DATA_SELECTOR, true);

  /** After a load, as words of a size. */
  function saved(bits: 16 | 32, cr0: number): number[] {
    const prefix = bits === 16 ? [0x66] : [];
    enter([...at(FLD, ARENA), ...prefix, ...at(FNSTENV, SAVED)], 2, READY, cr0, false);
    const bytes = cpu.physical.readRam(SAVED, 28)!.slice().buffer;
    return [...(bits === 16 ? new Uint16Array(bytes, 0, 7) : new Uint32Array(bytes))];
  }
  const [ip, dp] = [PLACE + OFFSET, ARENA];
  const [control, status, tags] = [0x37f, 7 << 11, 0x7fff];

  it("have 32 bits in protected mode", () => {
    const high = 0xffff_0000;
    const words = [high + control, high + status, high + tags, ip, CODE_SELECTOR, dp, high + DATA_SELECTOR];
    expect(saved(32, PROTECTED)).toEqual(words);
  });
  it("have 16 bits", () => {
    const words = [control, status, tags, ip & 0xffff, CODE_SELECTOR, dp & 0xffff, DATA_SELECTOR];
    expect(saved(16, PROTECTED)).toEqual(words);
  });
  it("have linear addresses in real mode", () => {
    const [linearIp, linearDp] = [ip + 16 * CODE_SELECTOR, dp + 16 * DATA_SELECTOR];
    const low = [linearIp & 0xffff, (linearIp >> 16) << 12, linearDp & 0xffff, (linearDp >> 16) << 12];
    expect(saved(32, PROTECTED & ~1).slice(3)).toEqual(low);
    expect(saved(16, PROTECTED & ~1).slice(3)).toEqual(low.map((word) => word & 0xffff));
  });
  it("bring back what was there", () => {
    const before = saved(32, PROTECTED);
    enter([...at(FLDENV, SAVED), ...at(FNSTENV, SAVED)], 2, [0x300, 0x3f00], PROTECTED, false);
    expect([...new Uint32Array(cpu.physical.readRam(SAVED, 28)!.slice().buffer)]).toEqual(before);
  });
});
