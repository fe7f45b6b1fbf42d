import {
  type Decoded,
  defineState,
  Emitter,
  type FlagsOrigin,
  type Operand,
  type Routine,
  type Row,
  type RunGuest,
  runRow,
  type Value,
} from "../../isa/index.ts";
import { markingWalk } from "./toy-paged.ts";

/**
 * A second tiny guest, with what the first one has not: instructions of 1 to 5 bytes at any address, two modes that decode
 * differently, two flags, parts of registers, a stack that calls and interrupts push to, ports, repetition, a halt, and
 * page walks that mark what they used.
 */
const { layout, fields } = defineState("bytes", 1, {
  /** The last one is the stack pointer. */
  r: { size: 8, count: 8 },
  pc: { size: 8 },
  /** As the paged toy's. */
  table: { size: 8 },
  /** pc of the last trap, its address, and why: 1 no mapping, 3 bus, 4 undefined. */
  trapPc: { size: 8 },
  trapAddress: { size: 8 },
  cause: { size: 8 },
  enabled: { size: 1 },
  halted: { size: 1 },
  mode: { size: 1 },
  /** Zero, carry. */
  flags: { size: 1, count: 2 },
});
export const byteState = fields;

export const BYTE_TRAP = 0x800n;
export const BYTE_INTERRUPT = 0x900n;
const SP = 7;
const ZERO = 0;
/** Kinds of what flags come from: a subtraction of `b` from `a`, and a result `a`. */
const [SUBTRACTION, RESULT] = [1, 2];

class Bytes extends Emitter {
  reg(r: Operand | number): Value {
    return this.read(fields.r, typeof r === "number" ? r : this.imm(32, r));
  }
  setReg(r: Operand | number, value: Value): void {
    this.write(fields.r, value, typeof r === "number" ? r : this.imm(32, r));
  }
  setFlags(kind: number, a: Value, b: Value): void {
    const flags = [0, 1].map((flag) => this.flagOf(flag, { kind, a, b }));
    this.lowering.writeFlags(fields.flags, flags, { kind, a, b });
  }
  flag(flag: number): Value {
    const origin = this.flagsOrigin();
    return origin ? this.flagOf(flag, origin) : this.read(fields.flags, flag);
  }
  private flagOf(flag: number, { kind, a, b }: FlagsOrigin): Value {
    if (kind === RESULT) return flag === ZERO ? this.eqz(64, a) : this.i32(0);
    return flag === ZERO ? this.eq(64, a, b) : this.ltU(64, a, b);
  }
  /** Address of the next instruction. */
  nextPc(length: Operand): Value {
    return this.add(64, this.pc(), this.imm(64, length));
  }
  push(value: Value): void {
    const sp = this.sub(64, this.reg(SP), this.i64(8));
    this.store(64, sp, value);
    this.setReg(SP, sp);
  }
  pop(): Value {
    const value = this.variable(this.load(64, this.reg(SP)));
    this.setReg(SP, this.add(64, this.reg(SP), this.i64(8)));
    return this.get(value);
  }
}

const evaluateFlags: Routine<Bytes> = {
  name: "evaluateFlags",
  params: ["i32", "i64", "i64"],
  result: "i32",
  body(e, kind, a, b) {
    const subtraction = e.eq(32, kind!, e.i32(SUBTRACTION));
    const zero = e.select(subtraction, e.eq(64, a!, b!), e.eqz(64, a!));
    const carry = e.select(subtraction, e.ltU(64, a!, b!), e.i32(0));
    return e.or(32, zero, e.shl(32, carry, 8));
  },
};

/** Traps touch no memory. */
function trap(cause: number, params: ("i32" | "i64")[], name: string): Routine<Bytes> {
  return {
    name,
    params,
    result: undefined,
    body(e, va) {
      e.write(fields.trapPc, e.pc());
      e.write(fields.trapAddress, va ?? e.i64(0));
      e.write(fields.cause, e.i64(cause));
      e.write(fields.pc, e.i64(BYTE_TRAP));
      e.write(fields.enabled, e.i32(0));
      e.write(fields.halted, e.i32(0));
      // The trap runs untranslated, in the first mode.
      e.write(fields.table, e.i64(0));
      e.write(fields.mode, e.i32(0));
      e.selectMode(e.i32(0));
      e.selectAddressSpace(e.i64(0));
    },
  };
}
const undefinedTrap = trap(4, [], "undefinedTrap");

/** Pushes where it came from, which may fault. */
const interrupt: Routine<Bytes> = {
  name: "interrupt",
  params: [],
  result: undefined,
  accesses: true,
  body(e) {
    e.push(e.read(fields.pc));
    e.write(fields.pc, e.i64(BYTE_INTERRUPT));
    e.write(fields.enabled, e.i32(0));
    e.write(fields.halted, e.i32(0));
  },
};

/** A routine that accesses memory, called by an instruction. */
const pushBoth: Routine<Bytes> = {
  name: "pushBoth",
  params: ["i64", "i64"],
  result: "i64",
  accesses: true,
  body(e, first, second) {
    const sp = e.sub(64, e.reg(SP), e.i64(16));
    e.store(64, e.add(64, sp, e.i64(8)), first!);
    e.store(64, sp, second!);
    return sp;
  },
};

const mix: Routine<Bytes> = {
  name: "mix",
  params: ["i64"],
  result: "i64",
  pure: true,
  body(e, value) {
    const [sum, rounds] = [e.variable(value!), e.variable(e.i32(3))];
    e.while(
      () => e.get(rounds),
      () => {
        e.set(sum, e.add(64, e.mul(64, e.get(sum), e.i64(6364136223846793005n)), e.i64(1442695040888963407n)));
        e.set(rounds, e.sub(32, e.get(rounds), e.i32(1)));
      },
    );
    return e.get(sum);
  },
};

const translate = markingWalk<Bytes>(fields.table);

type Widths = Readonly<Record<string, number>>;
const row = <const F extends Widths, const S extends Widths = Record<never, number>>(
  name: string,
  given: F,
  semantics: Parameters<typeof runRow<Bytes, F, S>>[3],
  splits = {} as S,
  exists: (split: { readonly [K in keyof S]: number }) => boolean = () => true,
): Row<Bytes> => runRow<Bytes, F, S>(name, name, { fields: given, splits, exists }, semantics);

const [REG, OTHER, LENGTH, IMM] = [{ r: 3 }, { r: 3, b: 3 }, { length: 8 }, { imm: 32 }] as const;
const bits = (size: number): 8 | 16 | 32 | 64 => (8 << size) as 8 | 16 | 32 | 64;

/** By the upper five bits of an instruction's first byte. */
const table: readonly Row<Bytes>[] = [
  row("INC", REG, (e, { r }) => {
    const result = e.add(64, e.reg(r), e.i64(1));
    e.setReg(r, result);
    e.setFlags(RESULT, result, e.i64(0));
  }),
  row("LI", { ...REG, ...IMM }, (e, { r, imm }) => e.setReg(r, e.signed(64, imm))),
  row("ADD", OTHER, (e, { r, b }) => {
    const result = e.add(64, e.reg(r), e.reg(b));
    e.setReg(r, result);
    e.setFlags(RESULT, result, e.i64(0));
  }),
  row("CMP", OTHER, (e, { r, b }) => e.setFlags(SUBTRACTION, e.reg(r), e.reg(b))),
  row(
    "BCC",
    { ...LENGTH, ...IMM },
    (e, { cc, length, imm }) => {
      const displacement = e.add(64, e.imm(64, length), e.signed(64, imm));
      if (cc === 4) return e.branch(displacement);
      const flag = e.flag(cc >> 1);
      e.if(cc & 1 ? e.eqz(32, flag) : flag, () => e.branch(displacement));
    },
    { cc: 3 },
    ({ cc }) => cc <= 4,
  ),
  row("JUMP", REG, (e, { r }) => e.jump(e.reg(r))),
  row(
    "LOAD",
    { ...OTHER, ...IMM },
    (e, { r, b, size, imm }) => {
      const value = e.load(bits(size), e.add(64, e.reg(b), e.signed(64, imm)));
      e.setReg(r, e.zeroExtend(64, value));
    },
    { size: 2 },
  ),
  row(
    "STORE",
    { ...OTHER, ...IMM },
    (e, { r, b, size, imm }) => {
      const value = e.reg(r);
      e.store(bits(size), e.add(64, e.reg(b), e.signed(64, imm)), size === 3 ? value : e.wrap(value));
    },
    { size: 2 },
  ),
  row("PUSH", REG, (e, { r }) => e.push(e.reg(r))),
  row("POP", REG, (e, { r }) => e.setReg(r, e.pop())),
  row("CALL", { ...LENGTH, ...IMM }, (e, { length, imm }) => {
    e.push(e.nextPc(length));
    e.branch(e.add(64, e.imm(64, length), e.signed(64, imm)), { returns: true });
  }),
  row("RET", {}, (e) => e.jump(e.pop())),
  // One byte a step; the last step finds nothing left and falls through.
  row("FILL", {}, (e) => {
    const count = e.variable(e.reg(1));
    e.if(e.ne(64, e.get(count), e.i64(0)), () => {
      e.store(8, e.reg(2), e.wrap(e.reg(0)));
      e.setReg(2, e.add(64, e.reg(2), e.i64(1)));
      e.setReg(1, e.sub(64, e.get(count), e.i64(1)));
      e.branch(e.i64(0));
    });
  }),
  // Bytes 0 and 1 of the first four registers, as an x86's AL to DL and AH to DH.
  row("MOVB", { to: 8, from: 8 }, (e, { to, from }) =>
    e.writePart(fields.r, 8, e.imm(32, to), e.readPart(fields.r, 8, e.imm(32, from))),
  ),
  row("MOVW", OTHER, (e, { r, b }) => {
    const at = (reg: Operand): Value => e.shl(32, e.imm(32, reg), 3);
    e.writePart(fields.r, 16, at(r), e.readPart(fields.r, 16, at(b)));
  }),
  row("IN", { ...REG, ...IMM }, (e, { r, imm }) => e.setReg(r, e.zeroExtend(64, e.portRead(32, e.imm(32, imm))))),
  row("OUT", { ...REG, ...IMM }, (e, { r, imm }) => e.portWrite(32, e.imm(32, imm), e.wrap(e.reg(r)))),
  row("HALT", {}, (e) => {
    e.write(fields.halted, e.i32(1));
    e.wait();
  }),
  row(
    "MODE",
    LENGTH,
    (e, { mode, length }) => {
      e.write(fields.mode, e.i32(mode));
      e.selectMode(e.i32(mode));
      e.jump(e.nextPc(length));
    },
    { mode: 1 },
  ),
  row("TABLE", { ...REG, ...LENGTH }, (e, { r, length }) => {
    const root = e.reg(r);
    e.write(fields.table, root);
    e.selectAddressSpace(root);
    e.jump(e.nextPc(length));
  }),
  row(
    "ENABLE",
    {},
    (e, { on }) => {
      e.write(fields.enabled, e.i32(on));
      e.interruptsChanged();
    },
    { on: 1 },
  ),
  row("IRET", {}, (e) => {
    const to = e.pop();
    e.write(fields.enabled, e.i32(1));
    e.interruptsChanged();
    e.jump(to);
  }),
  row("MIX", OTHER, (e, { r, b }) => e.setReg(r, e.call(mix, e.reg(b)))),
  row("TIME", REG, (e, { r }) => e.setReg(r, e.virtualTimeNs())),
  row("PUSH2", OTHER, (e, { r, b }) => {
    const sp = e.call(pushBoth, e.reg(r), e.reg(b));
    e.setReg(SP, sp);
  }),
];

const undefinedInstruction = row("UNDEFINED", {}, (e) => {
  e.call(undefinedTrap);
  e.resume();
});

export const byteOpcode = (name: string): number => table.findIndex((one) => one.name === name);

/** What follows an instruction's first byte: bytes that say registers, and whether there is an immediate. */
const shapes: Readonly<Record<string, readonly [bytes: number, immediate: "none" | "byte" | "mode"]>> = {
  LI: [0, "mode"],
  ADD: [1, "none"],
  CMP: [1, "none"],
  BCC: [0, "mode"],
  LOAD: [1, "byte"],
  STORE: [1, "byte"],
  CALL: [0, "mode"],
  MOVB: [1, "none"],
  MOVW: [1, "none"],
  IN: [0, "byte"],
  OUT: [0, "byte"],
  MIX: [1, "none"],
  PUSH2: [1, "none"],
};

/** Immediates have one byte, or four where the shape says so and the mode is 1. */
function decode(bytes: Uint8Array, mode: number): Decoded<Bytes> | undefined {
  const first = bytes[0]!;
  const found = table[first >> 3];
  const [more, immediate] = shapes[found?.name ?? ""] ?? [0, "none"];
  const width = immediate === "none" ? 0 : immediate === "mode" && mode === 1 ? 4 : 1;
  const length = 1 + more + width;
  if (length > bytes.length) return undefined;
  const r = first & 7;
  const second = bytes[1]!;
  const part = (n: number): number => (n & 3) * 8 + ((n >> 2) & 1);
  let imm = 0;
  for (let n = 0; n < width; n++) imm |= bytes[1 + more + n]! << (8 * n);
  if (width === 1) imm = (imm << 24) >> 24;
  const splits = { cc: r, size: (second >> 6) & 3, mode: r & 1, on: r & 1 };
  if (!found?.splits(splits)) return { row: undefinedInstruction, splits: {}, fields: {}, length };
  const values = { r, b: second & 7, to: part(second & 7), from: part((second >> 3) & 7), imm, length };
  return { row: found, splits, fields: values, length };
}

export const bytes: RunGuest<Bytes> = {
  name: "bytes",
  state: layout,
  pc: fields.pc,
  registers: [fields.r],
  flags: { field: fields.flags, evaluate: evaluateFlags },
  instructions: table,
  undefinedInstruction,
  code: { maxLength: 5, modes: 2, decode },
  emitter: (lowering) => new Bytes(lowering),
  routines: {
    translate,
    abort: trap(1, ["i64", "i32"], "abort"),
    alignmentAbort: trap(2, ["i64", "i32"], "alignmentAbort"),
    busError: trap(3, ["i64", "i32"], "busError"),
    interrupt,
    interruptible: { name: "interruptible", params: [], result: "i32", body: (e) => e.read(fields.enabled) },
    halted: { name: "halted", params: [], result: "i32", body: (e) => e.read(fields.halted) },
    synchronize: {
      name: "synchronize",
      params: [],
      result: undefined,
      body(e) {
        e.selectPrivilege(e.i32(1));
        e.selectMode(e.read(fields.mode));
        e.selectAddressSpace(e.read(fields.table));
      },
    },
  },
  entries: [undefinedTrap],
  host: {},
  ports: true,
  walkStores: true,
  descriptorLiveMask: 1n,
};
