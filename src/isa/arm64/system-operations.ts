import { ACCESS_READ, ACCESS_UNPRIVILEGED, ACCESS_WRITE, type Value } from "../index.ts";
import type { A64 } from "./emitter.ts";
import { state } from "./state.ts";
import type { Encoding, Gate } from "./system-register.ts";
import { readSystem, systemBit, writeSystem } from "./system-state.ts";
import { translate } from "./translation.ts";

/** One operation of the SYS instruction: cache and translation maintenance (C5.3 to C5.5). */
export interface SystemOperation {
  readonly name: string;
  readonly encoding: Encoding;
  /** Takes Xt (printed when it does). */
  readonly operand: boolean;
  readonly el0?: Gate;
  run(e: A64, operand: Value): void;
}

const sctlr =
  (bit: number): Gate =>
  (e) =>
    systemBit(e, "SCTLR_EL1", bit);
const DZE = 14;
const UCI = 26;

/** Caches are not modelled and the TLB is a pure cache: nothing to do. */
function nothing(name: string, encoding: Encoding, operand: boolean, el0?: Gate): SystemOperation {
  return { name, encoding, operand, ...(el0 && { el0 }), run() {} };
}

/** Zeroes a block of 64 bytes (DCZID_EL0.BS = 4). A fault names the address given, not the block's. */
function zeroBlock(e: A64, address: Value): void {
  e.store(8, address, e.i32(0));
  const block = e.and(64, address, e.i64(-64));
  const zero = e.vector(new Array<number>(16).fill(0));
  for (let at = 0; at < 64; at += 16) e.store(128, e.add(64, block, e.i64(at)), zero);
}

const PAR_FAILED = 1;
/** Bit 11 is RES1; NS, since this core has no Secure state. */
const PAR_SUCCEEDED = (1 << 11) | (1 << 9);

/** AT: what a walk for this access says, in PAR_EL1. */
function translateAddress(name: string, op2: number, access: number): SystemOperation {
  return {
    name,
    encoding: [1, 0, 7, 8, op2],
    operand: true,
    run(e, address) {
      const page = e.call(translate, address, e.i32(access));
      e.if(
        e.eq(64, page, e.i64(-1)),
        () => {
          const status = e.or(32, e.shl(32, e.read(state.faultStatus), 1), e.i32((1 << 11) | PAR_FAILED));
          writeSystem(e, "PAR_EL1", e.zeroExtend(64, status));
        },
        () => {
          const descriptor = e.read(state.walkDescriptor);
          const index = e.and(64, e.shrU(64, descriptor, 2), e.i64(7));
          const mair = e.and(64, e.shrU(64, readSystem(e, "MAIR_EL1"), e.shl(64, index, 3)), e.i64(0xff));
          // Without a walk: Device-nGnRnE.
          const memory = e.select(e.ne(64, descriptor, e.i64(0)), mair, e.i64(0));
          const shareability = e.and(64, e.shrU(64, descriptor, 8), e.i64(3));
          const attributes = e.or(64, e.shl(64, memory, 56), e.shl(64, shareability, 7));
          const frame = e.and(64, page, e.i64(~0xfffn));
          writeSystem(e, "PAR_EL1", e.or(64, e.or(64, frame, attributes), e.i64(PAR_SUCCEEDED)));
        },
      );
    },
  };
}

/** [op2, name, takes Xt], for the inner shareable (CRm 3) and the local (CRm 7) form. */
const INVALIDATIONS: readonly (readonly [number, string, boolean])[] = [
  [0, "VMALLE1", false],
  [1, "VAE1", true],
  [2, "ASIDE1", true],
  [3, "VAAE1", true],
  [5, "VALE1", true],
  [7, "VAALE1", true],
];

export const systemOperations: readonly SystemOperation[] = [
  nothing("IC IALLUIS", [1, 0, 7, 1, 0], false),
  nothing("IC IALLU", [1, 0, 7, 5, 0], false),
  nothing("DC IVAC", [1, 0, 7, 6, 1], true),
  nothing("DC ISW", [1, 0, 7, 6, 2], true),
  translateAddress("AT S1E1R", 0, ACCESS_READ),
  translateAddress("AT S1E1W", 1, ACCESS_WRITE),
  translateAddress("AT S1E0R", 2, ACCESS_READ | ACCESS_UNPRIVILEGED),
  translateAddress("AT S1E0W", 3, ACCESS_WRITE | ACCESS_UNPRIVILEGED),
  nothing("DC CSW", [1, 0, 7, 10, 2], true),
  nothing("DC CISW", [1, 0, 7, 14, 2], true),
  ...INVALIDATIONS.map(([op2, name, operand]) => nothing(`TLBI ${name}IS`, [1, 0, 8, 3, op2], operand)),
  ...INVALIDATIONS.map(([op2, name, operand]) => nothing(`TLBI ${name}`, [1, 0, 8, 7, op2], operand)),
  { name: "DC ZVA", encoding: [1, 3, 7, 4, 1], operand: true, el0: sctlr(DZE), run: zeroBlock },
  nothing("IC IVAU", [1, 3, 7, 5, 1], true, sctlr(UCI)),
  nothing("DC CVAC", [1, 3, 7, 10, 1], true, sctlr(UCI)),
  nothing("DC CVAU", [1, 3, 7, 11, 1], true, sctlr(UCI)),
  nothing("DC CIVAC", [1, 3, 7, 14, 1], true, sctlr(UCI)),
];
