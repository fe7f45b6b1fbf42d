import { describe, expect, it } from "vitest";
import { A64 } from "../../src/isa/arm64/emitter.ts";
import { branches } from "../../src/isa/arm64/branches.ts";
import { dataProcessingImmediate } from "../../src/isa/arm64/data-processing-immediate.ts";
import { dataProcessingRegister } from "../../src/isa/arm64/data-processing-register.ts";
import { loadsStores } from "../../src/isa/arm64/loads-stores.ts";
import { layout, STACK_POINTER, state } from "../../src/isa/arm64/state.ts";
import { EvaluatedMachine } from "../../src/isa/evaluate.ts";
import { Decoder, type Insn } from "../../src/isa/index.ts";
import {
  BRANCH_DISPLACEMENT,
  instructionAddress,
  memoryAddress,
  MEMORY_BYTES,
  qemuUserMissing,
  runOnQemu,
  type Trial,
  type UserState,
} from "./integer-oracle.ts";
import { Random } from "./random.ts";
import { randomRegister } from "./values.ts";

const groups = { dataProcessingImmediate, dataProcessingRegister, branches, loadsStores };
const decoder = new Decoder<A64>(Object.values(groups).flat());
const random = new Random(0xa64);

/** A random word of the row, often with registers that are the same; direct branches go where a trial sees them. */
function randomWord(row: Insn<A64>): number {
  let word = random.u32();
  const registers = row.pattern.fields.filter(({ name }) => /^r[a-z]\d?$/.test(name));
  if (random.chance(0.3)) for (const { lsb } of registers) word = (word & ~(31 << lsb)) | (random.pick([1, 31]) << lsb);
  for (const { name, lsb, width } of row.pattern.fields) {
    if (!/^imm(14|19|26)$/.test(name)) continue;
    const ones = (2 ** width - 1) << lsb;
    word = (word & ~ones) | ((BRANCH_DISPLACEMENT / 4) << lsb);
  }
  return ((word & ~row.pattern.mask) | row.pattern.value) >>> 0;
}

function randomState(row: Insn<A64>, word: number, i: number): UserState {
  const registers = Array.from({ length: 32 }, () => randomRegister(random));
  const rm = (word >>> 16) & 31;
  const rn = (word >>> 5) & 31;
  if (loadsStores.includes(row)) {
    registers[rm] = (BigInt(random.u32()) << 32n) | BigInt.asUintN(32, BigInt(random.below(128) - 64));
    if (random.below(2)) registers[rm] = BigInt.asUintN(64, BigInt(random.below(128) - 64));
    registers[rn] = memoryAddress(i) + BigInt(MEMORY_BYTES / 2 + random.below(2) * (random.below(128) - 64));
  }
  if (branches.includes(row) && random.below(4)) registers[rn] = instructionAddress(i) + BigInt(BRANCH_DISPLACEMENT);
  return {
    x: registers.slice(0, 31),
    sp: registers[31]!,
    nzcv: random.below(16),
    memory: Uint8Array.from({ length: MEMORY_BYTES }, () => random.u32()),
    branched: false,
  };
}

/** The state after the instruction as our description has it, or undefined where a trial cannot show it (a fault, a branch elsewhere). */
function evaluate(row: Insn<A64>, { word, before }: Trial, i: number): UserState | undefined {
  const machine = new EvaluatedMachine(layout, state.pc, (l) => new A64(l), memoryAddress(i), MEMORY_BYTES);
  machine.pc = instructionAddress(i);
  before.x.forEach((value, r) => machine.write(state.x, value, r));
  machine.write(state.x, before.sp, STACK_POINTER);
  [3, 2, 1, 0].forEach((bit, f) => machine.write(state.flags, BigInt((before.nzcv >> bit) & 1), f));
  machine.memory.set(before.memory);
  const { kind } = machine.execute(row, word);
  const branched = machine.pc === instructionAddress(i) + BigInt(BRANCH_DISPLACEMENT);
  if (kind !== "next" && !branched) return undefined;
  return {
    ...before,
    x: before.x.map((_, r) => machine.read(state.x, r)),
    sp: machine.read(state.x, STACK_POINTER),
    nzcv: Number([0, 1, 2, 3].reduce((bits, f) => bits * 2n + machine.read(state.flags, f), 0n)),
    memory: machine.memory,
    branched,
  };
}

/** What differs, readably: an empty string when nothing does. */
function difference(ours: UserState, theirs: UserState): string {
  const hex = (value: bigint | number): string => value.toString(16);
  const lines = ours.x.flatMap((value, r) =>
    value === theirs.x[r] ? [] : [`x${r} is ${hex(value)}, QEMU has ${hex(theirs.x[r]!)}`],
  );
  for (const key of ["sp", "nzcv", "branched"] as const)
    if (ours[key] !== theirs[key]) lines.push(`${key} is ${String(ours[key])}, QEMU has ${String(theirs[key])}`);
  ours.memory.forEach((byte, at) => {
    if (byte !== theirs.memory[at]) lines.push(`memory+${at} is ${hex(byte)}, QEMU has ${hex(theirs.memory[at]!)}`);
  });
  return lines.join("; ");
}

describe("the integer rows against QEMU", () => {
  for (const [name, group] of Object.entries(groups)) {
    it.skipIf(qemuUserMissing)(`${name}: random instructions on random registers`, async () => {
      const trials: Trial[] = [];
      const expected: UserState[] = [];
      for (const row of group) {
        const count =
          12 *
          2 **
            Math.min(
              5,
              row.splitFields.reduce((bits, f) => bits + f.width, 0),
            );
        let made = 0;
        for (let tries = 0; made < count && tries < 20 * count; tries++) {
          const word = randomWord(row);
          if (decoder.row(word) !== row) continue;
          const trial = { word, before: randomState(row, word, trials.length) };
          const after = evaluate(row, trial, trials.length);
          if (after === undefined) continue;
          made++;
          trials.push(trial);
          expected.push(after);
        }
        expect(made, `trials of ${row.name}`).toBeGreaterThan(row.name.includes("literal") ? -1 : 10);
      }
      const actual = await runOnQemu(trials);
      const wrong = trials.flatMap(({ word }, i) => {
        const text = difference(expected[i]!, actual[i]!);
        return text ? [`${decoder.disassemble(word, instructionAddress(i))}: ${text}`] : [];
      });
      expect(wrong).toEqual([]);
    });
  }
});
