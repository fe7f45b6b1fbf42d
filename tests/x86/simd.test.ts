import { describe, expect, it } from "vitest";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import type { Insn86 } from "../../src/isa/x86/insn.ts";
import { simd } from "../../src/isa/x86/simd-rows.ts";
import { ARENA, type Case, type Outcome } from "./case.ts";
import { FpuImages } from "./fpu-image.ts";
import { arenaOf, makeCase, subjects } from "./generate.ts";
import { OurCases } from "./ours.ts";
import { Random } from "./random.ts";

const [UD, NM] = [6, 7];
const PROTECTED = 0x33;
const [EM, TS] = [PROTECTED | 4, PROTECTED | 8];

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
const ours = new OurCases(interpreter, arenaOf(1));
const random = new Random(1);
const images = new FpuImages(random);

/** A case of each row that neither faults nor computes anything that is invalid. */
const cases: readonly { readonly row: Insn86; readonly one: Case }[] = subjects()
  .filter(({ row }) => simd.includes(row))
  .flatMap((subject) => {
    const drawn = Array.from({ length: 20 }, () => makeCase(subject, random, images));
    const one = drawn.find((candidate) => ours.run(candidate).trap === undefined);
    return one ? [{ row: subject.row, one }] : [];
  });

const touchesNothing = /^([LMS]FENCE|NOP|CLFLUSH|PREFETCH|MOVNTI)/;
const isMmx = ({ name }: Insn86): boolean => /MMX|^(EMMS|MOVNTQ|MASKMOVQ|PSHUFW)$/.test(name);

describe("control registers forbid instructions of", () => {
  const traps = (rows: (row: Insn86) => boolean, control: { cr0?: number; cr4?: number }): unknown[] => [
    ...new Set(cases.filter(({ row }) => rows(row)).map(({ one }) => ours.run(one, control).trap)),
  ];
  const free = ({ name }: Insn86): boolean => touchesNothing.test(name);
  const area = ({ name }: Insn86): boolean => /^FX/.test(name);
  const sse = (row: Insn86): boolean => !free(row) && !area(row) && !isMmx(row);

  it("MMX: CR0.EM and TS", () => {
    expect(traps(isMmx, { cr0: EM })).toEqual([UD]);
    expect(traps(isMmx, { cr0: TS })).toEqual([NM]);
    expect(traps(isMmx, { cr4: 0 })).toEqual([undefined]);
  });
  it("SSE: CR0.EM and TS, and CR4.OSFXSR", () => {
    expect(traps(sse, { cr0: EM })).toEqual([UD]);
    expect(traps(sse, { cr0: TS })).toEqual([NM]);
    expect(traps(sse, { cr0: TS, cr4: 0 })).toEqual([UD]);
    expect(traps(sse, { cr4: 0 })).toEqual([UD]);
  });
  it("FXSAVE and FXRSTOR: CR0.EM and TS", () => {
    expect(traps(area, { cr0: EM })).toEqual([NM]);
    expect(traps(area, { cr0: TS })).toEqual([NM]);
  });
  it("neither fences nor what has no register of theirs", () => {
    expect(traps(free, { cr0: EM | TS, cr4: 0 })).toEqual([undefined]);
  });
});

describe("the rows", () => {
  it("are found whole: every one has a case that works", () => {
    expect(simd.filter((row) => !cases.some((found) => found.row === row)).map(({ name }) => name)).toEqual([]);
  });
  it("are approximations in four instructions, to 13 bits", () => {
    const approximate = simd.filter(({ approximateBits }) => approximateBits > 0);
    const texts = approximate.map(({ name, approximateBits }) => `${name} ${approximateBits}`);
    expect(texts).toEqual(["RSQRTPS 13", "RSQRTSS 13", "RCPPS 13", "RCPSS 13"]);
  });
});

describe("32-bit code has eight XMM registers", () => {
  const AT = 0x100;
  const [XMM8, END] = [288, 416];
  const image = images.draw();
  image[3]! &= 0x7f;
  const other = images.draw();
  /** FXSAVE or FXRSTOR, with an address in ESI or RSI. */
  const run = (extension: number, long: boolean): Outcome => {
    const r = new Array<bigint>(16).fill(0n).with(6, BigInt(ARENA + AT));
    const changes = [0, 64, 128, 192, 256, 320, 384, 448].map((at) => ({
      offset: AT + at,
      bytes: other.slice(at, at + 64),
    }));
    const code = Uint8Array.of(0x0f, 0xae, (extension << 3) | 6);
    return ours.run({ code, long, offset: 0x200, r, flags: 2, changes, fpu: image });
  };
  const written = ({ changes }: Outcome): Uint8Array => {
    const area = other.slice();
    for (const { offset, bytes } of changes) area.set(bytes, offset - AT);
    return area;
  };

  it("which are all that FXSAVE stores", () => {
    const [long, short] = [written(run(0, true)), written(run(0, false))];
    expect(long.slice(XMM8, END)).toEqual(image.slice(XMM8, END));
    expect(short).toEqual(Uint8Array.from([...long.slice(0, XMM8), ...other.slice(XMM8, END), ...long.slice(END)]));
  });
  it("which are all that FXRSTOR loads", () => {
    const [long, short] = [run(1, true).fpu, run(1, false).fpu];
    expect(long.slice(XMM8, END)).toEqual(other.slice(XMM8, END));
    expect(short).toEqual(Uint8Array.from([...long.slice(0, XMM8), ...image.slice(XMM8, END), ...long.slice(END)]));
  });
});
