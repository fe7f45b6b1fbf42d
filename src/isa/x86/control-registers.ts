import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { failIf } from "./exceptions.ts";
import { insn } from "./insn.ts";
import { FEATURE } from "./models.ts";
import { CODE_64 } from "./modes.ts";
import { RM_REGISTER, type Size } from "./operands.ts";
import { state, systemSlot } from "./state.ts";
import { CR0, CR4, EFER, longModeActive, readSystem, systemBit, updateMode, writeSystem } from "./system-state.ts";

const { GP, UD } = EXCEPTION;
const bits = (...numbers: readonly number[]): bigint => numbers.reduce((all, bit) => all | (1n << BigInt(bit)), 0n);

/** Bits of CR4 that this core has. */
const CR4_WRITABLE = 0x7ffn;
const DR6_FIXED = 0xffff_0ff0n;
const DR7_FIXED = 0x400n;
/** Bits of a physical address. */
const PHYSICAL_BITS = 40;

/** Paging and long mode follow from CR0. Volume 3, 2.5 and 9.8.5. */
function writeCr0(e: Emitter, value: Value): void {
  const old = readSystem(e, "CR0");
  const efer = readSystem(e, "EFER");
  const has = (of: Value, bit: number): Value => e.and(32, e.wrap(e.shrU(64, of, bit)), e.i32(1));
  const [pages, paged] = [has(value, CR0.PG), has(old, CR0.PG)];
  const enters = e.and(32, e.and(32, pages, e.eqz(32, paged)), has(efer, EFER.LME));
  e.if(enters, () => {
    // As on the reference: without PAE, nothing comes of it.
    e.if(e.eqz(32, systemBit(e, "CR4", CR4.PAE)), () => e.return(e.i32(0)));
    writeSystem(e, "EFER", e.or(64, efer, e.i64(bits(EFER.LMA))));
  });
  e.if(e.and(32, paged, e.eqz(32, pages)), () => writeSystem(e, "EFER", e.and(64, efer, e.i64(~bits(EFER.LMA)))));
  writeSystem(e, "CR0", e.or(64, value, e.i64(bits(CR0.ET))));
  const changed = e.and(64, e.xor(64, old, value), e.i64(bits(CR0.PG, CR0.WP, CR0.PE)));
  e.if(e.ne(64, changed, e.i64(0)), () => e.flushTlb());
  updateMode(e);
}

/** (number, value) → i32: 1 where it took an exception. */
const writeControl: Routine<Emitter> = {
  name: "writeControl",
  params: ["i32", "i64"],
  result: "i32",
  accesses: true,
  body(e, number, value) {
    const failed = e.i32(1);
    const refuse = (condition: Value): void => failIf(e, condition, GP, e.i32(0), failed);
    const is = (n: number, then: () => void): void => e.if(e.eq(32, number!, e.i32(n)), then);
    is(0, () => writeCr0(e, value!));
    is(2, () => writeSystem(e, "CR2", value!));
    is(3, () => {
      const long = longModeActive(e);
      refuse(e.and(32, long, e.ne(64, e.shrU(64, value!, PHYSICAL_BITS), e.i64(0))));
      const kept = e.select(long, value!, e.and(64, value!, e.i64(0xffff_ffff)));
      writeSystem(e, "CR3", kept);
      e.selectAddressSpace(kept);
    });
    is(4, () => {
      refuse(e.ne(64, e.and(64, value!, e.i64(~CR4_WRITABLE)), e.i64(0)));
      const changed = e.and(64, e.xor(64, readSystem(e, "CR4"), value!), e.i64(bits(CR4.PSE, CR4.PAE, CR4.PGE)));
      const noSse = e.and(32, e.read(state.missing), e.i32(FEATURE.SSE));
      writeSystem(e, "CR4", e.and(64, value!, e.select(noSse, e.i64(~bits(CR4.OSFXSR)), e.i64(-1))));
      e.if(e.ne(64, changed, e.i64(0)), () => e.flushTlb());
    });
    is(8, () => {
      e.host("setTaskPriority", e.and(32, e.wrap(value!), e.i32(15)));
      e.leave();
    });
    return e.i32(0);
  },
};

const readControl: Routine<Emitter> = {
  name: "readControl",
  params: ["i32"],
  result: "i64",
  body(e, number) {
    for (const [n, slot] of [
      [0, "CR0"],
      [2, "CR2"],
      [3, "CR3"],
      [4, "CR4"],
    ] as const)
      e.if(e.eq(32, number!, e.i32(n)), () => e.return(readSystem(e, slot)));
    return e.zeroExtend(64, e.host("taskPriority"));
  },
};

/** Which of a kind of register there are; others are undefined. */
function requireControl(e: X86, number: Value): void {
  e.requireSupervisor();
  const there = e.and(32, e.shrU(32, e.i32(0x11d), e.and(32, number, e.i32(15))), e.i32(1));
  e.faultIf(e.eqz(32, there), UD);
}

/** DR4 and DR5 are DR6 and DR7, unless CR4.DE says that they are none. */
function debugSlot(e: X86, number: Value): Value {
  e.requireSupervisor();
  e.faultIf(e.geU(32, number, e.i32(8)), UD);
  const alias = e.eq(32, e.and(32, number, e.i32(6)), e.i32(4));
  e.faultIf(e.and(32, alias, systemBit(e, "CR4", CR4.DE)), UD);
  const real = e.or(32, number, e.shl(32, alias, 1));
  // DR6 and DR7 follow DR3.
  const behind = e.select(e.geU(32, real, e.i32(6)), e.i32(2), e.i32(0));
  return e.add(32, e.i32(systemSlot.DR0), e.sub(32, real, behind));
}

const sizeIn = (mode: number): Size => (mode === CODE_64 ? 64 : 32);

/** Volume 2: MOV of control and debug registers, CLTS, SMSW, LMSW, INVLPG, INVD, WBINVD. */
export const controlRegisters = [
  insn(
    "MOV (from a control register)",
    "0F 20 /r",
    ["mode"],
    (e, { mode, reg, base }) => {
      const number = e.imm(32, reg);
      requireControl(e, number);
      e.setReg(sizeIn(mode), base, e.cut(sizeIn(mode), e.call(readControl, number)));
    },
    { asm: "mov rm, cr", place: "register" },
  ),
  insn(
    "MOV (to a control register)",
    "0F 22 /r",
    ["mode"],
    (e, { mode, reg, base, length }) => {
      const number = e.imm(32, reg);
      requireControl(e, number);
      e.attempt(writeControl, number, e.wide(e.reg(sizeIn(mode), base)));
      e.jump(e.next(length));
    },
    { asm: "mov cr, rm", place: "register" },
  ),
  insn(
    "MOV (from a debug register)",
    "0F 21 /r",
    ["mode"],
    (e, { mode, reg, base }) => {
      const value = e.read(state.system, debugSlot(e, e.imm(32, reg)));
      e.setReg(sizeIn(mode), base, e.cut(sizeIn(mode), value));
    },
    { asm: "mov rm, dr", place: "register" },
  ),
  insn(
    "MOV (to a debug register)",
    "0F 23 /r",
    ["mode"],
    (e, { mode, reg, base }) => {
      const slot = debugSlot(e, e.imm(32, reg));
      const fixed = (name: "DR6" | "DR7", value: bigint): Value =>
        e.select(e.eq(32, slot, e.i32(systemSlot[name])), e.i64(value), e.i64(0));
      const value = e.wide(e.reg(sizeIn(mode), base));
      const control = e.geU(32, slot, e.i32(systemSlot.DR6));
      e.faultIf(e.and(32, control, e.ne(64, e.shrU(64, value, 32), e.i64(0))), GP);
      e.write(state.system, e.or(64, value, e.or(64, fixed("DR6", DR6_FIXED), fixed("DR7", DR7_FIXED))), slot);
      // Pages are watched that were not, and places of code.
      e.flushTlb();
      e.leave();
    },
    { asm: "mov dr, rm", place: "register" },
  ),
  insn(
    "CLTS",
    "0F 06",
    [],
    (e) => {
      e.requireSupervisor();
      e.setSystem("CR0", e.and(64, e.system("CR0"), e.i64(~bits(CR0.TS))));
    },
    { asm: "clts" },
  ),
  insn(
    "SMSW",
    "0F 01 /4",
    ["size", "rm"],
    (e, { size, ...place }) => {
      const value = e.system("CR0");
      if (place.rm === RM_REGISTER) e.setReg(size, place.base, e.cut(size, value));
      else e.store(16, e.address(place), e.and(32, e.wrap(value), e.i32(0xffff)));
    },
    { asm: "smsw rm" },
  ),
  insn(
    "LMSW",
    "0F 01 /6",
    ["rm"],
    (e, { ...place }) => {
      e.requireSupervisor();
      const value = e.and(64, e.wide(e.place(16, place).read()), e.i64(15));
      // PE is set by it, and not cleared.
      const kept = e.and(64, e.system("CR0"), e.i64(~14n));
      e.attempt(writeControl, e.i32(0), e.or(64, kept, value));
      e.jump(e.next(place.length));
    },
    { asm: "lmsw rm16" },
  ),
  // What is cached of page tables is dropped where they are written to.
  insn("INVLPG", "0F 01 /7", ["rm"], (e) => e.requireSupervisor(), { asm: "invlpg m8", place: "memory" }),
  insn("INVD", "0F 08", [], (e) => e.requireSupervisor(), { asm: "invd" }),
  insn("WBINVD", "0F 09", [], (e) => e.requireSupervisor(), { asm: "wbinvd" }),
];
