import type { Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { leaveIfStepping } from "./self-hosted-debug.ts";
import { type SystemSlot, state } from "./state.ts";
import { performanceRegisters } from "./system-performance.ts";
import type { Encoding, Gate, SystemRegister } from "./system-register.ts";
import { readSystem, refetch, selectStack, systemBit, updateFpTrap, writeSystem, writeTable } from "./system-state.ts";

export const always: Gate = (e) => e.i32(1);
const sctlr =
  (bit: number): Gate =>
  (e) =>
    systemBit(e, "SCTLR_EL1", bit);
const kernelTimer =
  (...bits: number[]): Gate =>
  (e) =>
    bits.map((bit) => systemBit(e, "CNTKCTL_EL1", bit)).reduce((a, b) => e.or(32, a, b));

type Options = Omit<SystemRegister, "name" | "encoding" | "slot"> & {
  /** Bits that can be written; the others keep their reset value. */
  readonly mask?: bigint;
  /** After the slot was written. */
  readonly after?: (e: A64) => void;
};

/** A register that is plain storage, with effects of a write. */
function stored(name: SystemSlot, encoding: Encoding, { mask, after, ...options }: Options = {}): SystemRegister {
  const kept = mask === undefined ? 0n : (options.reset ?? 0n) & ~mask;
  return {
    name,
    encoding,
    slot: name,
    read: (e) => readSystem(e, name),
    write(e, value) {
      const writable = mask === undefined ? value : e.and(64, value, e.i64(mask));
      writeSystem(e, name, kept === 0n ? writable : e.or(64, writable, e.i64(kept)));
      after?.(e);
    },
    ...options,
  };
}

/** A read-only constant. */
function constant(name: string, encoding: Encoding, value: number | bigint, options: Options = {}): SystemRegister {
  return { name, encoding, read: (e) => e.i64(value), ...options };
}

/** Reads as zero, writes are ignored. */
function ignored(name: string, encoding: Encoding, options: Options = {}): SystemRegister {
  return { name, encoding, read: (e) => e.i64(0), write: () => {}, ...options };
}

/** D, A, I, F, N, Z, C, V and the stack selection: PSTATE as registers (C5.2). */
const processState: readonly SystemRegister[] = [
  {
    name: "NZCV",
    encoding: [3, 3, 4, 2, 0],
    el0Read: always,
    el0Write: always,
    read(e) {
      const { n, z, c, v } = e.flags();
      const bits = [n, z, c, v].map((flag, i) => e.shl(32, flag, 31 - i)).reduce((a, b) => e.or(32, a, b));
      return e.zeroExtend(64, bits);
    },
    write(e, value) {
      const low = e.wrap(value);
      [31, 30, 29, 28].forEach((bit, i) => e.write(state.flags, e.and(32, e.shrU(32, low, bit), e.i32(1)), i));
    },
  },
  {
    name: "DAIF",
    encoding: [3, 3, 4, 2, 1],
    el0Read: sctlr(9),
    el0Write: sctlr(9),
    read: (e) => e.zeroExtend(64, e.shl(32, e.read(state.daif), 6)),
    write(e, value) {
      e.write(state.daif, e.and(32, e.shrU(32, e.wrap(value), 6), e.i32(0xf)));
      e.interruptsChanged();
      leaveIfStepping(e);
    },
  },
  { name: "CURRENTEL", encoding: [3, 0, 4, 2, 2], read: (e) => e.zeroExtend(64, e.shl(32, e.read(state.el), 2)) },
  {
    name: "SPSEL",
    encoding: [3, 0, 4, 2, 0],
    read: (e) => e.zeroExtend(64, e.read(state.spsel)),
    write: (e, value) => selectStack(e, e.and(32, e.wrap(value), e.i32(1))),
  },
  {
    name: "SP_EL0",
    encoding: [3, 0, 4, 1, 0],
    undefinedWhen: (e) => e.eqz(32, e.read(state.spsel)),
    read: (e) => e.read(state.sp, 0),
    write: (e, value) => e.write(state.sp, value, 0),
  },
  {
    name: "FPCR",
    encoding: [3, 3, 4, 4, 0],
    el0Read: always,
    el0Write: always,
    read(e) {
      e.checkFp();
      return e.zeroExtend(64, e.read(state.fpcr));
    },
    write(e, value) {
      e.checkFp();
      e.write(state.fpcr, e.and(32, e.wrap(value), e.i32(0x07f7_0000)));
    },
  },
  {
    name: "FPSR",
    encoding: [3, 3, 4, 4, 1],
    el0Read: always,
    el0Write: always,
    read(e) {
      e.checkFp();
      return e.zeroExtend(64, e.read(state.fpsr));
    },
    write(e, value) {
      e.checkFp();
      e.write(state.fpsr, e.and(32, e.wrap(value), e.i32(0xf800_009f | 0)));
    },
  },
];

const changesTranslation = (e: A64): void => {
  e.flushTlb();
  refetch(e);
};

const control: readonly SystemRegister[] = [
  stored("SCTLR_EL1", [3, 0, 1, 0, 0], { reset: 0x00c5_0838n, after: changesTranslation }),
  ignored("ACTLR_EL1", [3, 0, 1, 0, 1]),
  stored("CPACR_EL1", [3, 0, 1, 0, 2], { after: updateFpTrap }),
  { ...stored("TTBR0_EL1", [3, 0, 2, 0, 0]), write: (e, value) => writeTable(e, "TTBR0_EL1", value) },
  { ...stored("TTBR1_EL1", [3, 0, 2, 0, 1]), write: (e, value) => writeTable(e, "TTBR1_EL1", value) },
  stored("TCR_EL1", [3, 0, 2, 0, 2], { after: changesTranslation }),
  stored("SPSR_EL1", [3, 0, 4, 0, 0]),
  stored("ELR_EL1", [3, 0, 4, 0, 1]),
  ignored("AFSR0_EL1", [3, 0, 5, 1, 0]),
  ignored("AFSR1_EL1", [3, 0, 5, 1, 1]),
  stored("ESR_EL1", [3, 0, 5, 2, 0]),
  stored("FAR_EL1", [3, 0, 6, 0, 0]),
  stored("PAR_EL1", [3, 0, 7, 4, 0]),
  stored("MAIR_EL1", [3, 0, 10, 2, 0]),
  ignored("AMAIR_EL1", [3, 0, 10, 3, 0]),
  stored("VBAR_EL1", [3, 0, 12, 0, 0], { mask: ~0x1fn }),
  constant("RVBAR_EL1", [3, 0, 12, 0, 1], 0),
  {
    name: "ISR_EL1",
    encoding: [3, 0, 12, 1, 0],
    read: (e) => e.zeroExtend(64, e.shl(32, e.host("interruptLine"), 7)),
  },
  stored("CONTEXTIDR_EL1", [3, 0, 13, 0, 1]),
  stored("TPIDR_EL1", [3, 0, 13, 0, 4]),
  stored("TPIDR_EL0", [3, 3, 13, 0, 2], { el0Read: always, el0Write: always }),
  stored("TPIDRRO_EL0", [3, 3, 13, 0, 3], { el0Read: always }),
];

/** The timers belong to the board; these are the registers' numbers in `timerRead` and `timerWrite`. */
function timer(name: string, encoding: Encoding, register: number, gate: Gate): SystemRegister {
  return {
    name,
    encoding,
    el0Read: gate,
    el0Write: gate,
    read: (e) => e.host("timerRead", e.i32(register)),
    write(e, value) {
      e.host("timerWrite", e.i32(register), value);
      e.leave();
    },
  };
}

const TIMER_FREQUENCY = 62_500_000n;
/** 16 ns a tick. */
const counter = (e: A64): Value => e.shrU(64, e.virtualTimeNs(), 4);

const genericTimer: readonly SystemRegister[] = [
  // Event streams would wake WFE, which never sleeps.
  stored("CNTKCTL_EL1", [3, 0, 14, 1, 0]),
  stored("CNTFRQ_EL0", [3, 3, 14, 0, 0], { reset: TIMER_FREQUENCY, el0Read: kernelTimer(0, 1) }),
  { name: "CNTPCT_EL0", encoding: [3, 3, 14, 0, 1], read: counter, el0Read: kernelTimer(0) },
  { name: "CNTVCT_EL0", encoding: [3, 3, 14, 0, 2], read: counter, el0Read: kernelTimer(1) },
  timer("CNTP_TVAL_EL0", [3, 3, 14, 2, 0], 2, kernelTimer(9)),
  timer("CNTP_CTL_EL0", [3, 3, 14, 2, 1], 0, kernelTimer(9)),
  timer("CNTP_CVAL_EL0", [3, 3, 14, 2, 2], 1, kernelTimer(9)),
  timer("CNTV_TVAL_EL0", [3, 3, 14, 3, 0], 5, kernelTimer(8)),
  timer("CNTV_CTL_EL0", [3, 3, 14, 3, 1], 3, kernelTimer(8)),
  timer("CNTV_CVAL_EL0", [3, 3, 14, 3, 2], 4, kernelTimer(8)),
];

const numbered = (count: number, make: (n: number) => SystemRegister): SystemRegister[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** Breakpoints and stepping are looked at between runs; watchpoints by whether pages are cached. */
const debugChanged = (e: A64): void => {
  e.flushTlb();
  e.leave();
};

/** No debug communication channel. */
const selfHostedDebug: readonly SystemRegister[] = [
  ...numbered(6, (n) => stored(`DBGBVR${n}_EL1` as SystemSlot, [2, 0, 0, n, 4], { after: debugChanged })),
  ...numbered(6, (n) => stored(`DBGBCR${n}_EL1` as SystemSlot, [2, 0, 0, n, 5], { after: debugChanged })),
  ...numbered(4, (n) => stored(`DBGWVR${n}_EL1` as SystemSlot, [2, 0, 0, n, 6], { mask: ~3n })),
  ...numbered(4, (n) => stored(`DBGWCR${n}_EL1` as SystemSlot, [2, 0, 0, n, 7], { after: debugChanged })),
  ignored("MDCCINT_EL1", [2, 0, 0, 2, 0]),
  stored("MDSCR_EL1", [2, 0, 0, 2, 2], { after: debugChanged }),
  constant("MDRAR_EL1", [2, 0, 1, 0, 0], 0),
  {
    name: "OSLAR_EL1",
    encoding: [2, 0, 1, 0, 4],
    // OSLSR_EL1: OSLM says that there is a lock, bit 1 that it is locked.
    write: (e, value) => writeSystem(e, "OSLSR_EL1", e.or(64, e.shl(64, e.and(64, value, e.i64(1)), 1), e.i64(8))),
  },
  { ...readOnly(stored("OSLSR_EL1", [2, 0, 1, 1, 4], { reset: 0xan })) },
  stored("OSDLR_EL1", [2, 0, 1, 3, 4], { mask: 1n, after: debugChanged }),
  constant("MDCCSR_EL0", [2, 3, 0, 1, 0], 0, { el0Read: always }),
];

function readOnly({ write: _, ...register }: SystemRegister): SystemRegister {
  return register;
}

/** The features of the core: QEMU's cortex-a53, without AArch32. Names of CRm and op2 below 3, 0, 0. */
const features: Readonly<Record<string, readonly [name: string, value: bigint]>> = {
  "4,0": ["ID_AA64PFR0_EL1", 0x11n],
  "5,0": ["ID_AA64DFR0_EL1", 0x1030_5106n],
  "6,0": ["ID_AA64ISAR0_EL1", 0x11120n],
  "7,0": ["ID_AA64MMFR0_EL1", 0x1122n],
};

// prettier-ignore
const FEATURE_NAMES: Readonly<Record<number, readonly string[]>> = {
  1: ["ID_PFR0_EL1", "ID_PFR1_EL1", "ID_DFR0_EL1", "ID_AFR0_EL1", "ID_MMFR0_EL1", "ID_MMFR1_EL1", "ID_MMFR2_EL1", "ID_MMFR3_EL1"],
  2: ["ID_ISAR0_EL1", "ID_ISAR1_EL1", "ID_ISAR2_EL1", "ID_ISAR3_EL1", "ID_ISAR4_EL1", "ID_ISAR5_EL1", "ID_MMFR4_EL1", "ID_ISAR6_EL1"],
  3: ["MVFR0_EL1", "MVFR1_EL1", "MVFR2_EL1", "", "ID_PFR2_EL1", "ID_DFR1_EL1", "ID_MMFR5_EL1"],
  4: ["ID_AA64PFR0_EL1", "ID_AA64PFR1_EL1", "", "", "ID_AA64ZFR0_EL1", "ID_AA64SMFR0_EL1"],
  5: ["ID_AA64DFR0_EL1", "ID_AA64DFR1_EL1", "", "", "ID_AA64AFR0_EL1", "ID_AA64AFR1_EL1"],
  6: ["ID_AA64ISAR0_EL1", "ID_AA64ISAR1_EL1", "ID_AA64ISAR2_EL1"],
  7: ["ID_AA64MMFR0_EL1", "ID_AA64MMFR1_EL1", "ID_AA64MMFR2_EL1"],
};

/** Sizes of the caches by CSSELR_EL1: L1 data, L1 instruction, L2. */
const CACHE_SIZES = [0x700f_e01an, 0x201f_e00an, 0x707f_e07an];

const identification: readonly SystemRegister[] = [
  constant("MIDR_EL1", [3, 0, 0, 0, 0], 0x410f_d034),
  constant("MPIDR_EL1", [3, 0, 0, 0, 5], 0x8000_0000n),
  constant("REVIDR_EL1", [3, 0, 0, 0, 6], 0),
  // The whole space of feature registers is allocated; what is not known reads as zero.
  ...numbered(7 * 8, (n) => {
    const [crm, op2] = [(n >> 3) + 1, n & 7];
    const known = features[`${crm},${op2}`];
    return constant(FEATURE_NAMES[crm]?.[op2] || `S3_0_C0_C${crm}_${op2}`, [3, 0, 0, crm, op2], known?.[1] ?? 0n);
  }),
  {
    name: "CCSIDR_EL1",
    encoding: [3, 1, 0, 0, 0],
    read(e) {
      const selected = readSystem(e, "CSSELR_EL1");
      return CACHE_SIZES.reduce(
        (others, size, n) => e.select(e.eq(64, selected, e.i64(n)), e.i64(size), others),
        e.i64(0),
      );
    },
  },
  constant("CLIDR_EL1", [3, 1, 0, 0, 1], 0x0a20_0023),
  constant("AIDR_EL1", [3, 1, 0, 0, 7], 0),
  stored("CSSELR_EL1", [3, 2, 0, 0, 0], { mask: 0xfn }),
  constant("CTR_EL0", [3, 3, 0, 0, 1], 0x8444_8004n, { el0Read: sctlr(15) }),
  {
    name: "DCZID_EL0",
    encoding: [3, 3, 0, 0, 7],
    el0Read: always,
    // 2^4 words; bit 4 prohibits DC ZVA.
    read(e) {
      const allowed = e.or(32, e.read(state.el), systemBit(e, "SCTLR_EL1", 14));
      return e.select(allowed, e.i64(4), e.i64(0x14));
    },
  },
];

/** Registers of the Cortex-A53 itself. */
const implementationDefined: readonly SystemRegister[] = [
  ignored("L2CTLR_EL1", [3, 1, 11, 0, 2]),
  ignored("L2ECTLR_EL1", [3, 1, 11, 0, 3]),
  ignored("L2ACTLR_EL1", [3, 1, 15, 0, 0]),
  ignored("CPUACTLR_EL1", [3, 1, 15, 2, 0]),
  ignored("CPUECTLR_EL1", [3, 1, 15, 2, 1]),
  ignored("CPUMERRSR_EL1", [3, 1, 15, 2, 2]),
  ignored("L2MERRSR_EL1", [3, 1, 15, 2, 3]),
  constant("CBAR_EL1", [3, 1, 15, 3, 0], 0x0800_0000),
];

export const systemRegisters: readonly SystemRegister[] = [
  ...selfHostedDebug,
  ...identification,
  ...control,
  ...processState,
  ...performanceRegisters,
  ...genericTimer,
  ...implementationDefined,
];
