/** Where things lie in the memory of a case program, and the formats of its records. All numbers are bytes. */

/** Physical addresses; identity-mapped. */
export const memory = {
  code: 0x40080000,
  /** Four pages that cases may change. */
  scratch: 0x40100000,
  /** What the scratch pages hold before each case. */
  pattern: 0x40110000,
  variables: 0x40120000,
  /** Executable and readable at EL1 and EL0. */
  slots: 0x40200000,
  cases: 0x40400000,
  results: 0x42000000,
} as const;

export const scratchBytes = 0x4000;

/** The scratch pages as cases see them begin here: nothing, two to read and write, read-only, EL1 only, no access flag, nothing. */
export const window = 0x1_2345_6000n;

/** A slot: BRKs, the instructions, BRKs. The BRK at word i has the immediate i. */
export const slot = { words: 16, entryWord: 4, bytes: 64, maxInstructions: 6 } as const;

/** As many as have room: slots in 2 MB, cases and results in 28 MB each. */
export const maxCases = 32_768;

/** One case's initial state. */
export const caseRecord = {
  x: 0, // x0 to x30
  sp: 248,
  spsr: 256,
  cpacr: 264,
  fpcr: 272,
  fpsr: 280,
  v: 288,
  /** Whether to look at the scratch memory afterwards; else the next case that does sees what has changed. */
  looks: 800,
  /** The address of the first instruction. */
  entry: 808,
  bytes: 816,
} as const;

/** What became of it. */
export const resultRecord = {
  x: 0,
  sp: 248,
  spEl0: 256,
  elr: 264,
  spsr: 272,
  esr: 280,
  far: 288,
  fpsr: 296,
  memoryHash: 304,
  /** 16-byte units of scratch memory that changed. */
  changedUnits: 312,
  /** The first two of them: address, and 16 bytes. */
  changed: 320,
  v: 368,
  bytes: 880,
} as const;

export const variables = { next: 0, end: 8, result: 16, sctlr: 24 } as const;

/** Bits of SCTLR_EL1 for a program. */
export const sctlr = {
  /** M, C, I. */
  mmu: 0x1005n,
  /** A. */
  alignmentCheck: 0x2n,
  /** E0E. */
  userBigEndian: 0x100_0000n,
  /** UCI, UCT, DZE, UMA. */
  userCaches: 0x400c200n,
} as const;
