import {
  PAGE_FETCH,
  PAGE_READ,
  PAGE_SLOW,
  PAGE_WRITE,
  type Emitter,
  type Routine,
  type Value,
  type Variable,
} from "../index.ts";
import { watchpointsEnabled } from "./self-hosted-debug.ts";
import { state } from "./state.ts";
import { bitOf, readSystem, systemBit } from "./system-state.ts";

/** Fault status codes by kind; the level of the walk is added. The manual's D17.2.37, ISS.DFSC. */
const ADDRESS_SIZE = 0;
const TRANSLATION = 4;
const ACCESS_FLAG = 8;
const PERMISSION = 12;

/** Bits of a physical address on this core (ID_AA64MMFR0_EL1.PARange = 2), as TCR_EL1.IPS says them: 32, 36, 40. */
const PHYSICAL_BITS = 40;
const LARGEST_IPS = 2;

const PAGE = ~0xfffn;

const SCTLR_A = 1 << 1;
const SCTLR_E0E = 1 << 24;
const SCTLR_EE = 1 << 25;

/**
 * Stage 1 of the EL1&0 regime, Armv8.0-A: AArch64.S1Translate() of the manual, granules 4 and 64 KB.
 * Everything is computed anew from the registers: the engine caches the result by page.
 */
export const translate: Routine<Emitter> = {
  name: "translate",
  params: ["i64", "i32"],
  result: "i64",
  body(e, va, access) {
    const sctlr = readSystem(e, "SCTLR_EL1");
    const tcr = readSystem(e, "TCR_EL1");
    const upper = e.and(64, e.shrU(64, va!, 55), e.i64(1));
    const tagBits = e.shl(64, tcrBit(e, tcr, e.add(64, e.i64(37), upper)), 3); // TBI0 or TBI1: the top byte is a tag
    e.if(e.eqz(32, bitOf(e, sctlr, 0)), () => untranslated(e, va!, tagBits, sctlr));
    const tag = (value: Value): Value => e.shrS(64, e.shl(64, value, tagBits), tagBits);
    return walk(e, va!, tag(va!), access!, { sctlr, tcr, upper });
  },
};

function byteReversed(e: Emitter, value: Value): Value {
  const exchange = (a: Value, by: number, mask: bigint): Value =>
    e.or(64, e.shl(64, e.and(64, a, e.i64(mask)), by), e.and(64, e.shrU(64, a, by), e.i64(mask)));
  return e.rotr(64, exchange(exchange(value, 8, 0x00ff00ff00ff00ffn), 16, 0x0000ffff0000ffffn), 32);
}

/** SCTLR_EL1.A. */
export const checksAlignment: Routine<Emitter> = {
  name: "checksAlignment",
  params: [],
  result: "i32",
  body: (e) => systemBit(e, "SCTLR_EL1", 1),
};

/** SCTLR_EL1.EE or, at EL0, E0E. */
export const reversesBytes: Routine<Emitter> = {
  name: "reversesBytes",
  params: [],
  result: "i32",
  body: (e) => e.select(e.read(state.el), systemBit(e, "SCTLR_EL1", 25), systemBit(e, "SCTLR_EL1", 24)),
};

/** An address without its tag, if TCR_EL1.TBI0 or TBI1 says that it has one: its bit 55 fills the top byte. */
export const untag: Routine<Emitter> = {
  name: "untag",
  params: ["i64"],
  result: "i64",
  body(e, va) {
    const upper = e.and(64, e.shrU(64, va!, 55), e.i64(1));
    const tagBits = e.shl(64, tcrBit(e, readSystem(e, "TCR_EL1"), e.add(64, e.i64(37), upper)), 3);
    return e.shrS(64, e.shl(64, va!, tagBits), tagBits);
  },
};

/** AArch64.BranchAddr(): where an indirect branch to an address goes. */
export function branchAddress(e: Emitter, address: Value): Value {
  const target = e.variable(address);
  // Bits 63 to 55 all equal: nothing could be removed.
  const top = e.add(64, e.shrS(64, address, 55), e.i64(1));
  e.if(e.ltU(64, e.i64(1), top), () => e.set(target, e.call(untag, address)));
  return e.get(target);
}

/** Bit number `bit` (i64) of TCR_EL1, as an i64. */
function tcrBit(e: Emitter, tcr: Value, bit: Value): Value {
  return e.and(64, e.shrU(64, tcr, bit), e.i64(1));
}

function fault(e: Emitter, code: number, level: Value): void {
  e.write(state.faultStatus, e.add(32, e.i32(code), level));
  e.return(e.i64(-1));
}

/** SCTLR_EL1.M = 0: the physical address is the virtual one, without its tag. */
function untranslated(e: Emitter, va: Value, tagBits: Value, sctlr: Value): void {
  const address = e.shrU(64, e.shl(64, va, tagBits), tagBits);
  e.if(e.ne(64, e.shrU(64, address, PHYSICAL_BITS), e.i64(0)), () => fault(e, ADDRESS_SIZE, e.i32(0)));
  e.write(state.walkDescriptor, e.i64(0));
  found(e, e.and(64, address, e.i64(PAGE)), e.i32(PAGE_READ | PAGE_WRITE | PAGE_FETCH), sctlr);
}

/** Returns a page with its permissions (i32). SCTLR_EL1.A, EE and E0E, and watchpoints, want every access looked at. */
function found(e: Emitter, address: Value, permissions: Value, sctlr: Value): void {
  const special = e.ne(64, e.and(64, sctlr, e.i64(SCTLR_A | SCTLR_EE | SCTLR_E0E)), e.i64(0));
  const slow = e.select(e.or(32, special, watchpointsEnabled(e)), e.i32(PAGE_SLOW), e.i32(0));
  e.return(e.or(64, address, e.zeroExtend(64, e.or(32, permissions, slow))));
}

interface Regime {
  readonly sctlr: Value;
  readonly tcr: Value;
  /** 1 (i64) for the upper range of addresses, TTBR1_EL1. */
  readonly upper: Value;
}

function walk(e: Emitter, va: Value, extended: Value, access: Value, { sctlr, tcr, upper }: Regime): Value {
  const isUpper = e.wrap(upper);
  // The fields for TTBR1 are those for TTBR0, 16 bits further up.
  const fields = e.wrap(e.shrU(64, tcr, e.shl(64, upper, 4)));
  const size = e.zeroExtend(64, e.and(32, fields, e.i32(0x3f)));
  const disabled = e.and(32, fields, e.i32(1 << 7));
  const granule = e.and(32, e.shrU(32, fields, 14), e.i32(3));
  const is64k = e.eq(32, granule, e.select(isUpper, e.i32(3), e.i32(1)));
  const inputBits = e.sub(64, e.i64(64), size);

  // 16 to 39: the range of T0SZ and T1SZ on this core.
  const sizeOutside = e.geU(64, e.sub(64, size, e.i64(16)), e.i64(24));
  const gap = e.ne(64, e.shrS(64, extended, inputBits), e.neg(64, upper));
  e.if(e.or(32, e.or(32, sizeOutside, gap), disabled), () => fault(e, TRANSLATION, e.i32(0)));

  const ips = e.and(64, e.shrU(64, tcr, 32), e.i64(7));
  const outputBits = e.add(
    64,
    e.i64(32),
    e.shl(64, e.select(e.ltU(64, ips, e.i64(LARGEST_IPS)), ips, e.i64(LARGEST_IPS)), 2),
  );
  const tooLarge = (pa: Value): Value => e.ne(64, e.shrU(64, pa, outputBits), e.i64(0));

  const base = e.and(
    64,
    e.select(isUpper, readSystem(e, "TTBR1_EL1"), readSystem(e, "TTBR0_EL1")),
    e.i64(0xffff_ffff_ffffn),
  );
  e.if(tooLarge(base), () => fault(e, ADDRESS_SIZE, e.i32(0)));

  const stride = e.select(is64k, e.i64(13), e.i64(9));
  const outputMask = e.select(is64k, e.i64(0xffff_ffff_0000n), e.i64(0xffff_ffff_f000n));
  // Levels that the walk goes through: the bits above the page offset in strides, rounded up.
  const levels = e.op("i64.div_u", e.sub(64, inputBits, e.i64(4)), stride);
  const ones = (bits: Value): Value => e.sub(64, e.shl(64, e.i64(1), bits), e.i64(1));

  const level = e.variable(e.wrap(e.sub(64, e.i64(4), levels)));
  /** Bits of the address below the index into this level's table. */
  const shift = e.variable(e.add(64, e.mul(64, levels, stride), e.i64(3)));
  const indexMask = e.variable(ones(e.sub(64, inputBits, e.get(shift))));
  const table = e.variable(e.and(64, base, e.not(64, e.or(64, e.shl(64, e.get(indexMask), 3), e.i64(7)))));
  const hierarchical = e.variable(e.i64(0));

  e.while(
    () => e.i32(1),
    () => {
      const index = e.and(64, e.shrU(64, va, e.get(shift)), e.get(indexMask));
      const mapsOnePage = e.eq(64, e.get(shift), e.i64(12));
      const page = e.select(mapsOnePage, e.and(64, va, e.i64(-4096n)), e.i64(-1n));
      const inMemory = e.loadDescriptor(e.or(64, e.get(table), e.shl(64, index, 3)), page);
      const descriptor = e.select(bitOf(e, sctlr, 25), byteReversed(e, inMemory), inMemory);
      const isTableOrPage = bitOf(e, descriptor, 1);
      const last = e.eq(32, e.get(level), e.i32(3));
      // Blocks stand at levels 1 and 2, with 64 KB pages at level 2 only.
      const noBlock = e.ltS(32, e.get(level), e.select(is64k, e.i32(2), e.i32(1)));
      const reserved = e.and(32, e.or(32, last, noBlock), e.eqz(32, isTableOrPage));
      e.if(e.or(32, e.eqz(32, bitOf(e, descriptor, 0)), reserved), () => fault(e, TRANSLATION, e.get(level)));

      const output = e.and(64, descriptor, outputMask);
      e.if(tooLarge(output), () => fault(e, ADDRESS_SIZE, e.get(level)));
      e.if(
        e.and(32, isTableOrPage, e.eqz(32, last)),
        () => {
          e.set(hierarchical, e.or(64, e.get(hierarchical), descriptor));
          e.set(table, output);
          e.set(shift, e.sub(64, e.get(shift), stride));
          e.set(indexMask, ones(stride));
          e.set(level, e.add(32, e.get(level), e.i32(1)));
        },
        () => {
          const inBlock = ones(e.get(shift));
          const address = e.or(64, e.and(64, output, e.not(64, inBlock)), e.and(64, va, inBlock));
          leaf(e, descriptor, e.get(hierarchical), access, level, sctlr, e.and(64, address, e.i64(PAGE)));
        },
      );
    },
  );
  return e.i64(-1);
}

/** Access flag and permissions of the block or page found. D8.4.1. */
function leaf(
  e: Emitter,
  descriptor: Value,
  hierarchical: Value,
  access: Value,
  level: Variable,
  sctlr: Value,
  address: Value,
): void {
  const not = (bit: Value): Value => e.eqz(32, bit);
  const and = (a: Value, b: Value): Value => e.and(32, a, b);
  const or = (a: Value, b: Value): Value => e.or(32, a, b);
  const bit = (n: number): Value => bitOf(e, descriptor, n);
  const fromTables = (n: number): Value => bitOf(e, hierarchical, n);

  e.if(not(bit(10)), () => fault(e, ACCESS_FLAG, e.get(level)));

  const writable = not(or(bit(7), fromTables(62)));
  const unprivileged = and(bit(6), not(fromTables(61)));
  const unprivilegedNever = or(bit(54), fromTables(60));
  const privilegedNever = or(or(bit(53), fromTables(59)), and(unprivileged, writable));

  const atEl0 = not(e.read(state.el));
  const asUnprivileged = or(and(e.shrU(32, access, 2), e.i32(1)), atEl0);
  const allowed = or(not(asUnprivileged), unprivileged);
  const canWrite = and(allowed, writable);
  const executeNever = or(
    e.select(asUnprivileged, unprivilegedNever, privilegedNever),
    and(bitOf(e, sctlr, 19), canWrite), // WXN
  );
  const permissions = or(or(allowed, e.shl(32, canWrite, 1)), e.shl(32, not(executeNever), 2));
  const granted = and(e.shrU(32, permissions, and(access, e.i32(3))), e.i32(1));
  e.if(not(granted), () => fault(e, PERMISSION, e.get(level)));

  e.write(state.walkDescriptor, descriptor);
  found(e, address, permissions, sctlr);
}
