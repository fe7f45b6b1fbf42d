/**
 * The Power State Coordination Interface over HVC, as one core of QEMU's `virt` sees it
 * (Arm DEN 0022, version 1.1). A call comes in X0 to X3 and returns in X0.
 */
export interface PsciRegisters {
  /** As unsigned 64 bits. */
  readX(register: number): bigint;
  writeX(register: number, value: bigint): void;
}

/** "wait": the core is to act as at WFI; the call has already returned success. */
export type PsciOutcome = "return" | "wait" | "shutdown" | "reset";

const SUCCESS = 0n;
const NOT_SUPPORTED = -1n;
const INVALID_PARAMETERS = -2n;
const DENIED = -3n;
const ALREADY_ON = -4n;

const VERSION_1_1 = 0x0001_0001n;
const MIGRATION_NOT_REQUIRED = 2n;
/** Of AFFINITY_INFO: the core is on. */
const ON = 0n;
/** Power-down states of CPU_SUSPEND are absent: only standby, whose reserved bits are zero. */
const POWER_STATE_RESERVED = 0xfffe_0000n;

const FN = {
  cpuSuspend01: 0x95c1ba5e,
  cpuOff01: 0x95c1ba5f,
  cpuOn01: 0x95c1ba60,
  version: 0x84000000,
  cpuSuspend: 0x84000001,
  cpuSuspend64: 0xc4000001,
  cpuOff: 0x84000002,
  cpuOn: 0x84000003,
  cpuOn64: 0xc4000003,
  affinityInfo: 0x84000004,
  affinityInfo64: 0xc4000004,
  migrateInfoType: 0x84000006,
  systemOff: 0x84000008,
  systemReset: 0x84000009,
  features: 0x8400000a,
} as const;

const functions = new Set<number>(Object.values(FN));

/** Handles one HVC. Unknown functions return NOT_SUPPORTED, as the calling convention asks. */
export function psciCall(registers: PsciRegisters): PsciOutcome {
  const done = (result: bigint): PsciOutcome => {
    registers.writeX(0, BigInt.asUintN(64, result));
    return "return";
  };
  switch (Number(registers.readX(0) & 0xffff_ffffn)) {
    case FN.version:
      return done(VERSION_1_1);
    case FN.migrateInfoType:
      return done(MIGRATION_NOT_REQUIRED);
    case FN.affinityInfo:
    case FN.affinityInfo64:
      return done(affinityInfo(registers.readX(1), registers.readX(2)));
    case FN.systemReset:
      return "reset";
    case FN.systemOff:
      return "shutdown";
    case FN.cpuOn01:
    case FN.cpuOn:
    case FN.cpuOn64:
      return done(registers.readX(1) === 0n ? ALREADY_ON : INVALID_PARAMETERS);
    case FN.cpuOff01:
    case FN.cpuOff:
      // The only core cannot be turned on again: refused, as where a trusted system resides on it.
      return done(DENIED);
    case FN.cpuSuspend01:
    case FN.cpuSuspend:
    case FN.cpuSuspend64:
      if ((registers.readX(1) & POWER_STATE_RESERVED) !== 0n) return done(INVALID_PARAMETERS);
      done(SUCCESS);
      return "wait";
    case FN.features: {
      const asked = Number(registers.readX(1) & 0xffff_ffffn);
      return done(functions.has(asked) ? SUCCESS : NOT_SUPPORTED);
    }
    default:
      return done(NOT_SUPPORTED);
  }
}

/** One core, at affinity 0.0.0.0. Levels above it are always on. */
function affinityInfo(affinity: bigint, level: bigint): bigint {
  if (level === 0n) return affinity === 0n ? ON : INVALID_PARAMETERS;
  return level <= 3n ? ON : INVALID_PARAMETERS;
}
