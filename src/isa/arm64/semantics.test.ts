import { beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../../../tests/differential/toolchain.ts";
import { binutilsMissing } from "../../../tests/objdump.ts";
import { EvaluatedMachine, type Outcome } from "../evaluate.ts";
import { Decoder } from "../index.ts";
import { branches } from "./branches.ts";
import { dataProcessingImmediate } from "./data-processing-immediate.ts";
import { dataProcessingRegister } from "./data-processing-register.ts";
import { A64 } from "./emitter.ts";
import { loadsStores } from "./loads-stores.ts";
import { layout, STACK_POINTER, state } from "./state.ts";

const decoder = new Decoder<A64>([...dataProcessingImmediate, ...dataProcessingRegister, ...branches, ...loadsStores]);
const BASE = 0x40000000n;
const ALL = 2n ** 64n - 1n;
const MIN = 1n << 63n;

/** Registers by name: x0 to x30, sp, pc, nzcv, and m0, m8, ... m56: doublewords of memory at BASE. */
type Registers = Record<string, bigint>;
type Case = readonly [text: string, before: Registers, after: Registers];

const indexOf = (name: string): number => (name === "sp" ? STACK_POINTER : Number(name.slice(1)));

function set(machine: EvaluatedMachine<A64>, name: string, value: bigint): void {
  if (name === "nzcv") [3n, 2n, 1n, 0n].forEach((bit, i) => machine.write(state.flags, (value >> bit) & 1n, i));
  else if (name === "pc") machine.pc = value;
  else if (name.startsWith("m")) new DataView(machine.memory.buffer).setBigUint64(Number(name.slice(1)), value, true);
  else machine.write(state.x, value, indexOf(name));
}

function get(machine: EvaluatedMachine<A64>, name: string): bigint {
  if (name === "nzcv") return [0, 1, 2, 3].reduce((bits, i) => bits * 2n + machine.read(state.flags, i), 0n);
  if (name === "pc") return machine.pc;
  if (name.startsWith("m")) return new DataView(machine.memory.buffer).getBigUint64(Number(name.slice(1)), true);
  return machine.read(state.x, indexOf(name));
}

function newMachine(before: Registers): EvaluatedMachine<A64> {
  const machine = new EvaluatedMachine(layout, state.pc, (lowering) => new A64(lowering), BASE, 64);
  machine.pc = 0x1000n;
  for (const [name, value] of Object.entries(before)) set(machine, name, value);
  return machine;
}

function run(machine: EvaluatedMachine<A64>, word: number): Outcome {
  const outcome = machine.execute(decoder.row(word)!, word);
  expect(machine.read(state.x, 31), "the zero register").toBe(0n);
  return outcome;
}

const assembleWords = async (texts: readonly string[]): Promise<Uint32Array> =>
  new Uint32Array((await assemble(`${texts.join("\n")}\n`, 0)).slice().buffer);

/** One instruction each: what it changes, with everything else as it was. */
function check(title: string, cases: readonly Case[]): void {
  describe.skipIf(binutilsMissing)(title, () => {
    let words: Uint32Array;
    beforeAll(async () => {
      words = await assembleWords(cases.map(([text]) => text));
    });
    it.each(cases.map(([text, before, after], i) => ({ text, before, after, i })))(
      "$text with $before",
      ({ before, after, i }) => {
        const machine = newMachine(before);
        const names = [...Array.from({ length: 31 }, (_, n) => `x${n}`), "sp", "nzcv", "pc", "m0", "m8", "m16", "m24"];
        const expected = {
          ...Object.fromEntries(names.map((n) => [n, get(machine, n)])),
          pc: machine.pc + 4n,
          ...after,
        };
        run(machine, words[i]!);
        expect(Object.fromEntries(Object.keys(expected).map((n) => [n, get(machine, n)]))).toEqual(expected);
      },
    );
  });
}

check("data processing, immediate", [
  ["adr x1, . - 4", { pc: 0x1002000n }, { x1: 0x1001ffcn }],
  [".inst 0xf0ffffe1", { pc: 0x7123n << 12n }, { x1: 0x7122n << 12n }], // adrp x1, . - 0x1000
  ["add x0, sp, #0x123, lsl #12", { sp: 1n }, { x0: 0x123001n }],
  ["add sp, x1, #1", { x1: 7n }, { sp: 8n }],
  ["add w0, w1, #1", { x0: ALL, x1: 0x1ffffffffn }, { x0: 0n }],
  ["adds xzr, sp, #1", { sp: ALL }, { nzcv: 0b0110n }],
  ["subs x0, x1, #0", { x1: 0n }, { x0: 0n, nzcv: 0b0110n }],
  ["subs w0, w1, #1", { x1: 0x80000000n }, { x0: 0x7fffffffn, nzcv: 0b0011n }],
  ["subs x0, x1, #1", { x1: 0n }, { x0: ALL, nzcv: 0b1000n }],
  ["ands x0, x1, #0x8000000000000001", { x1: ALL, nzcv: 0b0011n }, { x0: MIN + 1n, nzcv: 0b1000n }],
  ["tst w1, #0xf0", { x1: 0xfn, nzcv: 0b1011n }, { nzcv: 0b0100n }],
  ["orr sp, xzr, #0xff", {}, { sp: 0xffn }],
  ["eor w0, w1, #0xaaaaaaaa", { x1: ALL }, { x0: 0x55555555n }],
  ["and x0, x1, #0xff00ff00ff00ff", { x1: 0x1234567890abcdefn }, { x0: 0x340078_00ab00efn }],
  ["movn w0, #0", { x0: 5n }, { x0: 0xffffffffn }],
  ["movn x0, #0xffff, lsl #48", {}, { x0: 0xffffffffffffn }],
  ["movz x0, #0x8000, lsl #48", { x0: ALL }, { x0: MIN }],
  ["movk x0, #0x1234, lsl #32", { x0: ALL }, { x0: 0xffff1234ffffffffn }],
  ["movk w0, #0", { x0: ALL }, { x0: 0xffff0000n }],
  ["movk xzr, #5", {}, {}],
  ["sbfx x0, x1, #60, #4", { x1: 0x8n << 60n }, { x0: ALL - 7n }],
  ["sbfiz x0, x1, #60, #4", { x1: 0xffn }, { x0: 0xfn << 60n }],
  ["sbfiz w0, w1, #4, #4", { x1: 0x8n }, { x0: 0xffffff80n }],
  ["asr w0, w1, #31", { x1: 0x80000000n }, { x0: 0xffffffffn }],
  ["sxtw x0, w1", { x1: 0x80000000n }, { x0: 0xffffffff80000000n }],
  ["ubfx w0, w1, #0, #32", { x1: ALL }, { x0: 0xffffffffn }],
  ["ubfx x0, x1, #0, #64", { x1: ALL }, { x0: ALL }],
  ["lsl x0, x1, #63", { x1: 3n }, { x0: MIN }],
  ["lsl w0, w1, #0", { x1: ALL }, { x0: 0xffffffffn }],
  ["lsr x0, x1, #63", { x1: MIN }, { x0: 1n }],
  ["ubfiz x0, x1, #8, #8", { x1: 0x1ffn }, { x0: 0xff00n }],
  ["bfi x0, x1, #60, #4", { x0: 0n, x1: 0xffn }, { x0: 0xfn << 60n }],
  ["bfi w0, w1, #8, #8", { x0: ALL, x1: 0n }, { x0: 0xffff00ffn }],
  ["bfxil x0, x1, #56, #8", { x0: ALL, x1: 0x12n << 56n }, { x0: ALL - 0xedn }],
  ["bfxil x0, x1, #0, #64", { x0: 1n, x1: 2n }, { x0: 2n }],
  ["extr x0, x1, x2, #0", { x1: 1n, x2: 2n }, { x0: 2n }],
  ["extr x0, x1, x2, #63", { x1: 1n, x2: MIN }, { x0: 3n }],
  ["extr w0, w1, w2, #4", { x1: 0xfn, x2: 0xf0n }, { x0: 0xf000000fn }],
  ["ror w0, w1, #1", { x1: 1n }, { x0: 0x80000000n }],
]);

check("data processing, register", [
  ["udiv x0, x1, x2", { x1: ALL, x2: 0n }, { x0: 0n }],
  ["udiv x0, x1, x2", { x1: ALL, x2: ALL }, { x0: 1n }],
  ["udiv w0, w1, w2", { x1: 0xffffffffn, x2: 2n }, { x0: 0x7fffffffn }],
  ["sdiv x0, x1, x2", { x1: MIN, x2: ALL }, { x0: MIN }],
  ["sdiv w0, w1, w2", { x1: 0x80000000n, x2: 0xffffffffn }, { x0: 0x80000000n }],
  ["sdiv x0, x1, x2", { x1: 5n, x2: 0n }, { x0: 0n }],
  ["sdiv w0, w1, w2", { x1: 0xfffffff9n, x2: 2n }, { x0: 0xfffffffdn }],
  ["sdiv x0, x1, x2", { x1: 7n, x2: ALL }, { x0: ALL - 6n }],
  ["lsl x0, x1, x2", { x1: 1n, x2: 65n }, { x0: 2n }],
  ["lsr w0, w1, w2", { x1: ALL, x2: 32n }, { x0: 0xffffffffn }],
  ["asr x0, x1, x2", { x1: MIN, x2: 127n }, { x0: ALL }],
  ["ror w0, w1, w2", { x1: 1n, x2: 33n }, { x0: 0x80000000n }],
  ["crc32b w0, w1, w2", { x1: 0xffffffffn, x2: 0xff31n }, { x0: 0x7c231048n }], // ~crc32("1") = 0x83dcefb7
  ["crc32cb w0, w1, w2", { x1: 0xffffffffn, x2: 0x61n }, { x0: 0x3e2fbccfn }], // ~crc32c("a") = 0xc1d04330
  ["crc32x w0, w1, x2", { x1: ALL, x2: 0n }, { x0: 0x9add2096n }], // ~crc32(8 zero bytes) = 0x6522df69
  ["rbit w0, w1", { x1: 1n }, { x0: 0x80000000n }],
  ["rbit x0, x1", { x1: 0x8000000000000001n + 2n }, { x0: 0xc000000000000001n }],
  ["rev16 x0, x1", { x1: 0x0123456789abcdefn }, { x0: 0x23016745ab89efcdn }],
  ["rev w0, w1", { x1: 0x0123456789abcdefn }, { x0: 0xefcdab89n }],
  ["rev32 x0, x1", { x1: 0x0123456789abcdefn }, { x0: 0x67452301efcdab89n }],
  ["rev x0, x1", { x1: 0x0123456789abcdefn }, { x0: 0xefcdab8967452301n }],
  ["clz w0, w1", { x1: 1n << 32n }, { x0: 32n }],
  ["clz x0, x1", { x1: 1n << 32n }, { x0: 31n }],
  ["cls x0, x1", { x1: 0n }, { x0: 63n }],
  ["cls w0, w1", { x1: 0xffffffffn }, { x0: 31n }],
  ["cls x0, x1", { x1: 0x4n << 60n }, { x0: 0n }],
  ["bics x0, x1, x2, ror #4", { x1: ALL, x2: 0xfn, nzcv: 3n }, { x0: (1n << 60n) - 1n, nzcv: 0n }],
  ["mvn w0, w1, asr #31", { x1: 0x80000000n }, { x0: 0n }],
  ["eon x0, x1, x2, lsr #1", { x1: 0n, x2: 2n }, { x0: ALL - 1n }],
  ["ands xzr, x1, x2, lsl #63", { x1: MIN, x2: 1n }, { nzcv: 0b1000n }],
  ["mov x0, xzr", { x0: 1n }, { x0: 0n }],
  ["subs x0, x1, x2, asr #63", { x1: 0n, x2: MIN }, { x0: 1n, nzcv: 0n }],
  ["cmp x1, x1", { x1: ALL }, { nzcv: 0b0110n }],
  ["adds w0, w1, w2", { x1: 0x7fffffffn, x2: 1n }, { x0: 0x80000000n, nzcv: 0b1001n }],
  ["negs x0, xzr", {}, { x0: 0n, nzcv: 0b0110n }],
  ["add x0, sp, w1, sxtb #4", { sp: 0x100n, x1: 0xf0n }, { x0: 0n }],
  ["sub sp, sp, x1, lsl #3", { sp: 0x100n, x1: 2n }, { sp: 0xf0n }],
  ["cmp sp, w1, uxth", { sp: 0xffffn, x1: ALL }, { nzcv: 0b0110n }],
  ["adds w0, wsp, w1, sxth", { sp: 0n, x1: 0x8000n }, { x0: 0xffff8000n, nzcv: 0b1000n }],
  ["adcs x0, x1, x2", { x1: ALL, x2: ALL, nzcv: 0b0010n }, { x0: ALL, nzcv: 0b1010n }],
  ["adcs x0, x1, x2", { x1: ALL, x2: 0n, nzcv: 0b0010n }, { x0: 0n, nzcv: 0b0110n }],
  ["sbcs w0, w1, w2", { x1: 0n, x2: 0n, nzcv: 0n }, { x0: 0xffffffffn, nzcv: 0b1000n }],
  ["sbcs x0, x1, x2", { x1: 0n, x2: ALL, nzcv: 0b0010n }, { x0: 1n, nzcv: 0n }],
  ["sbc x0, xzr, x2", { x2: 1n, nzcv: 0b0010n }, { x0: ALL }],
  ["ccmp x1, #3, #0b1010, eq", { x1: 3n, nzcv: 0b0100n }, { nzcv: 0b0110n }],
  ["ccmp x1, #3, #0b1010, ne", { x1: 3n, nzcv: 0b0100n }, { nzcv: 0b1010n }],
  ["ccmn w1, w2, #5, al", { x1: 0xffffffffn, x2: 1n }, { nzcv: 0b0110n }],
  [".inst 0xfa42f025", { x1: 1n, x2: 2n }, { nzcv: 0b1000n }], // ccmp x1, x2, #5, nv: always
  ["csel x0, x1, x2, gt", { x1: 1n, x2: 2n, nzcv: 0b1001n }, { x0: 1n }],
  ["csel x0, x1, x2, gt", { x1: 1n, x2: 2n, nzcv: 0b1101n }, { x0: 2n }],
  ["csel x0, x1, x2, hi", { x1: 1n, x2: 2n, nzcv: 0b0110n }, { x0: 2n }],
  ["csinc x0, x1, x2, lt", { x1: 1n, x2: ALL, nzcv: 0b0000n }, { x0: 0n }],
  ["csinv w0, w1, wzr, cc", { nzcv: 0b0010n }, { x0: 0xffffffffn }],
  ["csneg x0, x1, x2, vs", { x1: 1n, x2: 5n, nzcv: 0n }, { x0: ALL - 4n }],
  ["madd w0, w1, w2, w3", { x1: 0xffffffffn, x2: 2n, x3: ALL }, { x0: 0xfffffffdn }],
  ["msub x0, x1, x2, x3", { x1: 3n, x2: 5n, x3: 1n }, { x0: ALL - 13n }],
  ["smaddl x0, w1, w2, x3", { x1: 0xffffffffn, x2: 5n, x3: 1n }, { x0: ALL - 3n }],
  ["umsubl x0, w1, w2, x3", { x1: 0xffffffffn, x2: 0xffffffffn, x3: 0n }, { x0: 0x00000001ffffffffn }],
  ["smulh x0, x1, x2", { x1: ALL, x2: ALL }, { x0: 0n }],
  ["smulh x0, x1, x2", { x1: MIN, x2: MIN }, { x0: 1n << 62n }],
  ["smulh x0, x1, x2", { x1: ALL, x2: 1n }, { x0: ALL }],
  ["umulh x0, x1, x2", { x1: ALL, x2: ALL }, { x0: ALL - 1n }],
]);

check("branches", [
  ["b.lt . + 8", { nzcv: 0b1000n }, { pc: 0x1008n }],
  ["b.lt . + 8", { nzcv: 0b1001n }, {}],
  ["b . - 4", {}, { pc: 0xffcn }],
  ["bl . + 0x100", {}, { pc: 0x1100n, x30: 0x1004n }],
  ["blr x30", { x30: 0x5000n }, { pc: 0x5000n, x30: 0x1004n }],
  ["br x1", { x1: 0xffff000012345678n }, { pc: 0xffff000012345678n }],
  ["ret", { x30: 0x2000n }, { pc: 0x2000n }],
  ["cbz w1, . + 8", { x1: 1n << 32n }, { pc: 0x1008n }],
  ["cbz x1, . + 8", { x1: 1n << 32n }, {}],
  ["cbnz x1, . - 8", { x1: 1n << 32n }, { pc: 0xff8n }],
  ["cbnz wzr, . + 8", {}, {}],
  ["tbz x1, #63, . + 8", { x1: MIN }, {}],
  ["tbnz x1, #63, . + 8", { x1: MIN }, { pc: 0x1008n }],
  ["tbz w1, #31, . + 8", { x1: MIN }, { pc: 0x1008n }],
]);

check("loads and stores", [
  ["ldr x0, . - 8", { pc: BASE + 8n, m0: 7n }, { x0: 7n }],
  ["ldrsw x0, . + 4", { pc: BASE, m0: 0x80000000n << 32n }, { x0: 0xffffffff80000000n }],
  ["ldrb w0, [x1, #1]", { x0: ALL, x1: BASE, m0: 0x8100n }, { x0: 0x81n }],
  ["ldrsb w0, [x1]", { x1: BASE, m0: 0x81n }, { x0: 0xffffff81n }],
  ["ldrsh x0, [x1, #2]", { x1: BASE, m0: 0x80000000n }, { x0: ALL - 0x7fffn }],
  ["ldrsw x0, [x1, #-4]", { x1: BASE + 4n, m0: 0x80000000n }, { x0: 0xffffffff80000000n }],
  ["ldr w0, [x1, #4]", { x0: ALL, x1: BASE, m0: 5n << 32n }, { x0: 5n }],
  ["ldr xzr, [sp]", { sp: BASE, m0: ALL }, {}],
  ["str xzr, [sp, #8]", { sp: BASE, m8: ALL }, { m8: 0n }],
  ["strb w0, [x1, #7]", { x0: 0x1ffn, x1: BASE }, { m0: 0xffn << 56n }],
  ["ldr x0, [x1], #8", { x1: BASE, m0: 9n }, { x0: 9n, x1: BASE + 8n }],
  ["ldr x0, [sp, #-8]!", { sp: BASE + 8n, m0: 9n }, { x0: 9n, sp: BASE }],
  ["str x1, [x2, #8]!", { x1: 3n, x2: BASE }, { m8: 3n, x2: BASE + 8n }],
  [".inst 0xf8408c21", { x1: BASE, m8: 9n }, { x1: BASE + 8n }], // ldr x1, [x1, #8]!
  [".inst 0xf8008421", { x1: BASE }, { x1: BASE + 8n, m0: BASE }], // str x1, [x1], #8
  ["ldr x0, [x1, w2, sxtw #3]", { x1: BASE + 8n, x2: 0xffffffffn, m0: 4n }, { x0: 4n }],
  ["ldr x0, [x1, w2, uxtw]", { x1: BASE, x2: 0xf00000008n, m8: 4n }, { x0: 4n }],
  ["strh w0, [x1, x2, lsl #1]", { x0: 0x12345n, x1: BASE, x2: 2n }, { m0: 0x2345n << 32n }],
  ["ldtrsb x0, [x1]", { x1: BASE, m0: 0x80n }, { x0: ALL - 0x7fn }],
  ["prfm pldl1keep, [x1, #8]", { x1: 0n }, {}],
  ["prfm pldl1keep, . + 64", {}, {}],
  ["ldp x0, x1, [x2], #16", { x2: BASE, m0: 1n, m8: 2n }, { x0: 1n, x1: 2n, x2: BASE + 16n }],
  ["ldp w0, w1, [x2, #4]", { x2: BASE, m0: 1n << 32n, m8: 2n }, { x0: 1n, x1: 2n }],
  [
    "ldpsw x0, x1, [sp, #-8]!",
    { sp: BASE + 8n, m0: 0x7fffffff80000000n },
    { x0: ALL - 0x7fffffffn, x1: 0x7fffffffn, sp: BASE },
  ],
  ["ldnp x1, x0, [x1]", { x1: BASE, m0: 1n, m8: 2n }, { x1: 1n, x0: 2n }],
  [".inst 0xa9400020", { x1: BASE, m0: 1n, m8: 2n }, { x0: 1n }], // ldp x0, x0, [x1]
  ["stp w0, w1, [x2, #-8]", { x0: ALL, x1: 1n, x2: BASE + 16n }, { m8: 0x1ffffffffn }],
  ["stp x2, xzr, [x1, #16]!", { x1: BASE, x2: 1n, m24: ALL }, { x1: BASE + 16n, m16: 1n, m24: 0n }],
  ["ldar w0, [x1]", { x0: ALL, x1: BASE + 4n, m0: 3n << 32n }, { x0: 3n }],
  ["stlrb w0, [x1]", { x0: 0x1ffn, x1: BASE + 1n }, { m0: 0xff00n }],
]);

describe.skipIf(binutilsMissing)("faults and the exclusive monitor", () => {
  const texts = {
    ldxr: "ldxr x0, [x1]",
    ldaxrb: "ldaxrb w0, [x1]",
    ldxrW: "ldxr w0, [x1]",
    stxr: "stxr w2, x3, [x1]",
    stxrW: "stxr w2, w3, [x1]",
    ldxp: "ldxp x4, x5, [x1]",
    stxp: "stlxp w2, x6, x7, [x1]",
    ldxpW: "ldxp w4, w5, [x1]",
    stxpW: "stxp w2, w6, w7, [x1]",
    ldp: "ldp x0, x2, [x1], #16",
    stp: "stp x0, x2, [x1], #16",
    ldar: "ldar x0, [x1]",
    ldr: "ldr x0, [x1, #8]!",
  };
  const names = Object.keys(texts);
  let words: Uint32Array;
  beforeAll(async () => {
    words = await assembleWords(Object.values(texts));
  });
  const step = (machine: EvaluatedMachine<A64>, name: keyof typeof texts): Outcome =>
    run(machine, words[names.indexOf(name)]!);

  it("stores when address, size and value agree, and only once", () => {
    const machine = newMachine({ x1: BASE, x3: 9n, m0: 5n });
    step(machine, "ldxr");
    step(machine, "stxr");
    expect([get(machine, "x0"), get(machine, "x2"), get(machine, "m0")]).toEqual([5n, 0n, 9n]);
    step(machine, "stxr");
    expect(get(machine, "x2")).toBe(1n);
  });

  it("fails when memory changed, when the size or the address differs", () => {
    const changed = newMachine({ x1: BASE, x3: 9n });
    step(changed, "ldxr");
    set(changed, "m0", 1n);
    step(changed, "stxr");
    expect([get(changed, "x2"), get(changed, "m0")]).toEqual([1n, 1n]);

    const size = newMachine({ x1: BASE, x3: 9n });
    step(size, "ldxrW");
    step(size, "stxr");
    expect([get(size, "x2"), get(size, "m0")]).toEqual([1n, 0n]);

    const moved = newMachine({ x1: BASE, x3: 9n });
    step(moved, "ldxr");
    set(moved, "x1", BASE + 8n);
    step(moved, "stxr");
    expect([get(moved, "x2"), get(moved, "m8")]).toEqual([1n, 0n]);
  });

  it("does not touch memory when the monitor is open, so a wrong address does not fault", () => {
    const machine = newMachine({ x1: 3n });
    expect(step(machine, "stxr")).toEqual({ kind: "next" });
    expect(get(machine, "x2")).toBe(1n);
  });

  it("compares words without their upper halves", () => {
    const machine = newMachine({ x1: BASE, x3: ALL, m0: ALL });
    step(machine, "ldxrW");
    step(machine, "stxrW");
    expect([get(machine, "x2"), get(machine, "m0")]).toEqual([0n, ALL]);
  });

  it("takes pairs as one", () => {
    const machine = newMachine({ x1: BASE, x6: 6n, x7: 7n, m0: 1n, m8: 2n });
    step(machine, "ldxp");
    expect([get(machine, "x4"), get(machine, "x5")]).toEqual([1n, 2n]);
    step(machine, "stxp");
    expect([get(machine, "x2"), get(machine, "m0"), get(machine, "m8")]).toEqual([0n, 6n, 7n]);
    step(machine, "ldxp");
    set(machine, "m8", 0n);
    step(machine, "stxp");
    expect([get(machine, "x2"), get(machine, "m0")]).toEqual([1n, 6n]);

    const narrow = newMachine({ x1: BASE, x6: ALL, x7: 7n, m0: 0x200000001n });
    step(narrow, "ldxpW");
    expect([get(narrow, "x4"), get(narrow, "x5")]).toEqual([1n, 2n]);
    step(narrow, "stxpW");
    expect([get(narrow, "x2"), get(narrow, "m0")]).toEqual([0n, 0x7ffffffffn]);
  });

  it("demands alignment of exclusives and acquire loads, to 16 bytes for a pair of doublewords", () => {
    const machine = newMachine({ x1: BASE + 8n });
    expect(step(machine, "ldxp")).toEqual({ kind: "misaligned", address: BASE + 8n, write: false });
    expect(step(machine, "ldxpW")).toEqual({ kind: "next" });
    set(machine, "x1", BASE + 4n);
    expect(step(machine, "ldxr")).toMatchObject({ kind: "misaligned" });
    expect(step(machine, "ldar")).toMatchObject({ kind: "misaligned" });
    set(machine, "x1", BASE + 1n);
    expect(step(machine, "ldaxrb")).toEqual({ kind: "next" });
  });

  it("changes no register when a load faults, not even the base", () => {
    const end = BASE + 56n;
    const machine = newMachine({ x0: 1n, x1: end, x2: 2n });
    expect(step(machine, "ldp")).toEqual({ kind: "fault", address: end + 8n, write: false });
    expect(step(machine, "ldr")).toEqual({ kind: "fault", address: end + 8n, write: false });
    expect([get(machine, "x0"), get(machine, "x1"), get(machine, "x2")]).toEqual([1n, end, 2n]);
    expect(machine.pc).toBe(0x1000n);
  });

  it("has stored the first of a pair when the second faults", () => {
    const machine = newMachine({ x0: 1n, x1: BASE + 56n, x2: 2n });
    expect(step(machine, "stp")).toEqual({ kind: "fault", address: BASE + 64n, write: true });
    expect([get(machine, "m56"), get(machine, "x1")]).toEqual([1n, BASE + 56n]);
  });
});
