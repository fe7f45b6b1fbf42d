import {
  ACCESS_WRITE,
  defineState,
  Emitter,
  type WordGuest,
  type Operand,
  PAGE_FETCH,
  PAGE_READ,
  PAGE_WRITE,
  type Routine,
  rows,
  type Rows,
  type Value,
} from "../../isa/index.ts";

/**
 * The smallest guest that uses all of the engine: eight registers, one-level page tables, one interrupt.
 * Proof that the engine knows no guest, and the ground for its tests.
 */
const { layout, fields } = defineState("toy", 1, {
  r: { size: 8, count: 8 },
  pc: { size: 8 },
  /** Physical address of the page table; 0: addresses are physical. Entry: page address | 2 if writable | 1. */
  table: { size: 8 },
  /** pc of the last trap, and why: 1 no mapping, 2 alignment, 3 bus, 4 undefined, 5 interrupt. */
  trapPc: { size: 8 },
  cause: { size: 8 },
  enabled: { size: 1 },
  /** The one condition flag: the last comparison found equality. */
  equal: { size: 1 },
});
export const toyState = fields;

/** Where traps go. */
export const TRAP_VECTOR = 0x800n;

export class Toy extends Emitter {
  reg(r: Operand): Value {
    return this.read(fields.r, this.imm(32, r));
  }
  setReg(r: Operand, value: Value): void {
    this.write(fields.r, value, this.imm(32, r));
  }
  compare(a: Value, b: Value): void {
    this.lowering.writeFlags(fields.equal, [this.eq(64, a, b)], { kind: 1, a, b });
  }
  equal(): Value {
    const origin = this.lowering.flagsOrigin();
    return origin ? this.eq(64, origin.a, origin.b) : this.read(fields.equal);
  }
}

const evaluateFlags: Routine<Toy> = {
  name: "evaluateFlags",
  params: ["i32", "i64", "i64"],
  result: "i32",
  body: (e, _kind, a, b) => e.eq(64, a!, b!),
};

const { insn }: Rows<Toy> = rows<Toy>();

function trap(cause: number, params: ("i32" | "i64")[], name: string): Routine<Toy> {
  return {
    name,
    params,
    result: undefined,
    body(e) {
      e.write(fields.trapPc, cause === 5 ? e.read(fields.pc) : e.pc());
      e.write(fields.cause, e.i64(cause));
      e.write(fields.pc, e.i64(TRAP_VECTOR));
      e.write(fields.enabled, e.i32(0));
      // The trap runs untranslated.
      e.write(fields.table, e.i64(0));
      e.selectAddressSpace(e.i64(0));
    },
  };
}

const undefinedTrap = trap(4, [], "undefinedTrap");

const translate: Routine<Toy> = {
  name: "translate",
  params: ["i64", "i32"],
  result: "i64",
  body(e, va, access) {
    const table = e.read(fields.table);
    const page = e.and(64, va, e.i64(-4096n));
    const all = e.i64(PAGE_READ | PAGE_WRITE | PAGE_FETCH);
    e.if(e.eqz(64, table), () => e.return(e.or(64, page, all)));
    const index = e.and(64, e.shrU(64, va, 12), e.i64(511));
    const entry = e.loadDescriptor(e.add(64, table, e.shl(64, index, 3)), page);
    const writes = e.and(32, access, e.i32(ACCESS_WRITE));
    const wanted = e.or(64, e.i64(1), e.shl(64, e.zeroExtend(64, e.op("i32.ne", writes, e.i32(0))), 1));
    e.if(e.ne(64, e.and(64, entry, wanted), wanted), () => e.return(e.i64(-1)));
    return e.or(64, e.and(64, entry, e.i64(-4096n)), all);
  },
};

export const toy: WordGuest<Toy> = {
  name: "toy",
  state: layout,
  pc: fields.pc,
  registers: [fields.r],
  flags: { field: fields.equal, evaluate: evaluateFlags },
  instructions: [
    insn("LI", "00000001 a:4 0000 imm:16", [], (e, { a, imm }) => e.setReg(a, e.imm(64, imm))),
    insn("ADD", "00000010 a:4 b:4 c:4 000000000000", [], (e, { a, b, c }) =>
      e.setReg(a, e.add(64, e.reg(b), e.reg(c))),
    ),
    insn("LOAD", "00000011 a:4 b:4 size:2 disp:14", ["size"], (e, { a, b, size, disp }) => {
      const address = e.add(64, e.reg(b), e.imm(64, disp));
      e.setReg(a, e.zeroExtend(64, e.load((8 << size) as 8 | 16 | 32 | 64, address)));
    }),
    insn("STORE", "00000100 a:4 b:4 size:2 disp:14", ["size"], (e, { a, b, size, disp }) => {
      const address = e.add(64, e.reg(b), e.imm(64, disp));
      const value = e.reg(a);
      e.store((8 << size) as 8 | 16 | 32 | 64, address, size === 3 ? value : e.wrap(value));
    }),
    insn("BNZ", "00000101 a:4 0000 disp:16", [], (e, { a, disp }) => {
      e.if(e.ne(64, e.reg(a), e.i64(0)), () => e.branch(e.shl(64, e.signed(64, disp), 2)));
    }),
    insn("COMPARE", "00001110 a:4 b:4 0000000000000000", [], (e, { a, b }) => e.compare(e.reg(a), e.reg(b))),
    insn("BEQ", "00001101 00000000 disp:16", [], (e, { disp }) =>
      e.if(e.equal(), () => e.branch(e.shl(64, e.signed(64, disp), 2))),
    ),
    insn("JUMP", "00000110 a:4 00000000000000000000", [], (e, { a }) => e.jump(e.reg(a))),
    insn("WAIT", "00000111 000000000000000000000000", [], (e) => e.wait()),
    insn("TABLE", "00001000 a:4 00000000000000000000", [], (e, { a }) => {
      const table = e.reg(a);
      e.write(fields.table, table);
      e.selectAddressSpace(table);
      e.jump(e.add(64, e.pc(), e.i64(4)));
    }),
    insn("ENABLE", "00001001 000000000000000000000000", [], (e) => {
      e.write(fields.enabled, e.i32(1));
      e.interruptsChanged();
    }),
    // 16 bytes at any address, and two stores in one step.
    insn("STORE16", "00001011 a:4 b:4 0000000000000000", [], (e, { a, b }) =>
      e.store(128, e.reg(b), e.op("i64x2.splat", e.reg(a))),
    ),
    insn("PAIR", "00001100 a:4 b:4 0000000000000000", [], (e, { a, b }) => {
      e.store(64, e.reg(b), e.reg(a));
      e.store(64, e.add(64, e.reg(b), e.i64(8)), e.reg(a));
    }),
    insn("TIME", "00001010 a:4 00000000000000000000", [], (e, { a }) => e.setReg(a, e.virtualTimeNs())),
  ],
  undefinedInstruction: insn("UNDEFINED", "word:32", [], (e) => {
    e.call(undefinedTrap);
    e.resume();
  }),
  emitter: (lowering) => new Toy(lowering),
  routines: {
    translate,
    abort: trap(1, ["i64", "i32"], "abort"),
    alignmentAbort: trap(2, ["i64", "i32"], "alignmentAbort"),
    busError: trap(3, ["i64", "i32"], "busError"),
    interrupt: trap(5, [], "interrupt"),
    interruptible: { name: "interruptible", params: [], result: "i32", body: (e) => e.read(fields.enabled) },
    synchronize: {
      name: "synchronize",
      params: [],
      result: undefined,
      body(e) {
        e.selectPrivilege(e.i32(1));
        e.selectAddressSpace(e.read(fields.table));
      },
    },
  },
  entries: [undefinedTrap],
  host: {},
  descriptorLiveMask: 1n,
};

/** Instruction words. */
export const asm = {
  li: (a: number, imm: number) => (0x01 << 24) | (a << 20) | imm,
  add: (a: number, b: number, c: number) => (0x02 << 24) | (a << 20) | (b << 16) | (c << 12),
  load: (a: number, b: number, size: number, disp = 0) => (0x03 << 24) | (a << 20) | (b << 16) | (size << 14) | disp,
  store: (a: number, b: number, size: number, disp = 0) => (0x04 << 24) | (a << 20) | (b << 16) | (size << 14) | disp,
  bnz: (a: number, words: number) => (0x05 << 24) | (a << 20) | (words & 0xffff),
  jump: (a: number) => (0x06 << 24) | (a << 20),
  wait: () => 0x07 << 24,
  table: (a: number) => (0x08 << 24) | (a << 20),
  enable: () => 0x09 << 24,
  store16: (a: number, b: number) => (0x0b << 24) | (a << 20) | (b << 16),
  pair: (a: number, b: number) => (0x0c << 24) | (a << 20) | (b << 16),
  time: (a: number) => (0x0a << 24) | (a << 20),
  compare: (a: number, b: number) => (0x0e << 24) | (a << 20) | (b << 16),
  beq: (words: number) => (0x0d << 24) | (words & 0xffff),
};
