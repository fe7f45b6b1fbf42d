import type { Emitter, Routine, Value } from "../index.ts";
import { cpuid } from "./cpuid.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { insn } from "./insn.ts";
import { byModel, hasExtended } from "./models.ts";
import { FS, GS, RAX, RCX, RDX, state, type SystemSlot } from "./state.ts";
import { CR4, EFER, readSystem, systemBit, updateMode, writeSystem } from "./system-state.ts";

const { GP, UD } = EXCEPTION;

interface ModelSpecificRegister {
  readonly number: number;
  read(e: Emitter): Value;
  /** Undefined: what is written is ignored. */
  write?(e: Emitter, value: Value): void;
}

const stored = (number: number, slot: SystemSlot, mask = -1n): ModelSpecificRegister => ({
  number,
  read: (e) => readSystem(e, slot),
  write: (e, value) => writeSystem(e, slot, e.and(64, value, e.i64(mask))),
});
const constant = (number: number, value: bigint): ModelSpecificRegister => ({ number, read: (e) => e.i64(value) });
const segmentBase = (number: number, segment: number): ModelSpecificRegister => ({
  number,
  read: (e) => e.read(state.segmentBase, segment),
  write: (e, value) => e.write(state.segmentBase, value, segment),
});
const eferWritable = (model: Parameters<typeof hasExtended>[0]): bigint =>
  (
    [
      [EFER.SCE, 11],
      [EFER.LME, 29],
      [EFER.NXE, 20],
    ] as const
  ).reduce((all, [bit, feature]) => (hasExtended(model, feature) ? all | (1n << BigInt(bit)) : all), 0n);

const MTRR_FIXED = [0x250, 0x258, 0x259, ...Array.from({ length: 8 }, (_, n) => 0x268 + n)];
/** Of the machine check architecture: registers of its ten banks. */
const BANK_REGISTERS = 40;

/** Those of the reference's core. All others read as 0, and what is written to them is ignored. */
const registers: readonly ModelSpecificRegister[] = [
  {
    number: 0x1b,
    read: (e) => e.host("apicBase"),
    write(e, value) {
      e.host("setApicBase", value);
      e.leave();
    },
  },
  // One thread of one core.
  constant(0x35, 0x1_0001n),
  constant(0x8b, 0x100_0065n),
  // Eight pairs of variable ranges, fixed ranges, write combining.
  constant(0xfe, 0x508n),
  stored(0x174, "SYSENTER_CS", 0xffffn),
  stored(0x175, "SYSENTER_ESP"),
  stored(0x176, "SYSENTER_EIP"),
  constant(0x179, 0x100_010an),
  stored(0x17a, "MCG_STATUS"),
  stored(0x17b, "MCG_CTL"),
  constant(0x198, 0x400_0000_03e8n),
  stored(0x1a0, "MISC_ENABLE"),
  ...Array.from({ length: 16 }, (_, n) => indexed(0x200 + n, n)),
  ...MTRR_FIXED.map((number, n) => indexed(number, 16 + n)),
  stored(0x277, "PAT"),
  indexed(0x2ff, 16 + MTRR_FIXED.length),
  {
    number: 0xc000_0080,
    read: (e) => readSystem(e, "EFER"),
    write(e, value) {
      const old = readSystem(e, "EFER");
      const writable = byModel(e, eferWritable);
      const [kept, taken] = [e.and(64, old, e.not(64, writable)), e.and(64, value, writable)];
      writeSystem(e, "EFER", e.or(64, kept, taken));
      e.if(e.ne(64, old, readSystem(e, "EFER")), () => e.flushTlb());
      updateMode(e);
    },
  },
  stored(0xc000_0081, "STAR"),
  stored(0xc000_0082, "LSTAR"),
  stored(0xc000_0083, "CSTAR"),
  stored(0xc000_0084, "FMASK"),
  segmentBase(0xc000_0100, FS),
  segmentBase(0xc000_0101, GS),
  stored(0xc000_0102, "KERNEL_GS_BASE"),
];

function indexed(number: number, index: number): ModelSpecificRegister {
  return {
    number,
    read: (e) => e.read(state.memoryTypes, index),
    write: (e, value) => e.write(state.memoryTypes, value, index),
  };
}

const readModelSpecific: Routine<Emitter> = {
  name: "readModelSpecific",
  params: ["i32"],
  result: "i64",
  body(e, number) {
    for (const register of registers)
      e.if(e.eq(32, number!, e.i32(register.number | 0)), () => e.return(register.read(e)));
    const bank = e.sub(32, number!, e.i32(0x400));
    e.if(e.ltU(32, bank, e.i32(BANK_REGISTERS)), () => e.return(e.read(state.machineChecks, bank)));
    return e.i64(0);
  },
};

const writeModelSpecific: Routine<Emitter> = {
  name: "writeModelSpecific",
  params: ["i32", "i64"],
  result: undefined,
  body(e, number, value) {
    for (const { number: own, write } of registers)
      if (write)
        e.if(e.eq(32, number!, e.i32(own | 0)), () => {
          write(e, value!);
          e.return();
        });
    const bank = e.sub(32, number!, e.i32(0x400));
    e.if(e.ltU(32, bank, e.i32(BANK_REGISTERS)), () => {
      // Of what is no control register, only clearing counts.
      const extreme = e.or(32, e.eqz(64, value!), e.eq(64, value!, e.i64(-1)));
      const counts = e.or(32, e.and(32, bank, e.i32(3)), extreme);
      e.if(counts, () => e.write(state.machineChecks, value!, bank));
    });
  },
};

/** EDX:EAX. */
function setPair(e: X86, value: Value): void {
  e.setReg(32, RAX, e.wrap(value));
  e.setReg(32, RDX, e.wrap(e.shrU(64, value, 32)));
}

/** Volume 2: RDMSR, WRMSR, RDTSC, RDPMC, CPUID. */
export const modelSpecific = [
  insn(
    "RDMSR",
    "0F 32",
    [],
    (e) => {
      e.requireSupervisor();
      setPair(e, e.call(readModelSpecific, e.reg(32, RCX)));
    },
    { asm: "rdmsr" },
  ),
  insn(
    "WRMSR",
    "0F 30",
    [],
    (e, { length }) => {
      e.requireSupervisor();
      const value = e.or(64, e.shl(64, e.wide(e.reg(32, RDX)), 32), e.wide(e.reg(32, RAX)));
      e.call(writeModelSpecific, e.reg(32, RCX), value);
      e.jump(e.next(length));
    },
    { asm: "wrmsr" },
  ),
  insn(
    "RDTSC",
    "0F 31",
    [],
    (e) => {
      e.faultIf(e.select(e.read(state.privilege), systemBit(e, "CR4", CR4.TSD), e.i32(0)), GP);
      // One tick is one nanosecond.
      setPair(e, e.add(64, e.virtualTimeNs(), e.system("TSC_OFFSET")));
    },
    { asm: "rdtsc" },
  ),
  insn(
    "RDPMC",
    "0F 33",
    [],
    (e) => {
      // No counters: it is undefined where it is allowed.
      e.faultIf(e.select(e.read(state.privilege), e.eqz(32, systemBit(e, "CR4", CR4.PCE)), e.i32(0)), GP);
      e.fault(UD);
    },
    { asm: "rdpmc" },
  ),
  insn("CPUID", "0F A2", [], (e) => void e.call(cpuid), { asm: "cpuid" }),
];
