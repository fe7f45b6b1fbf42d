import type { AccessBits, Insn, Value } from "../index.ts";
import { line, memory, reg, w } from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { state } from "./state.ts";

// Every access here must be aligned to its size, whatever SCTLR_EL1.A says. One core and sequential execution make
// acquire and release (o0) mean nothing. The fields that should be ones (Rs, Rt2 where unused) are ignored, as in QEMU.
// STXR with Rs equal to Rt or Rn, and LDXP with Rt equal to Rt2, are CONSTRAINED UNPREDICTABLE: they just execute.

/** Load/store exclusive (C4.1.4), for Armv8.0: no LDLAR, STLLR, CAS, CASP. */
export const loadsStoresExclusive: readonly Insn<A64>[] = [
  insn(
    "STXRB, STLXRB, STXRH, STLXRH, STXR, STLXR",
    "size:2 001000 000 rs:5 o0:1 xxxxx rn:5 rt:5",
    ["size"],
    (e, { size, rs, rn, rt }) => {
      const bits = (8 << size) as AccessBits;
      const value = e.gpr(size === 3 ? 64 : 32, rt);
      const address = e.gprOrSp(64, rn);
      const status = e.variable(e.i32(1));
      e.if(monitorHolds(e, address, 1 << size), () => {
        const current = e.zeroExtend(64, e.load(bits, address, { aligned: true }));
        e.if(e.eq(64, current, e.read(state.exclusiveValue, 0)), () => {
          e.store(bits, address, value, { aligned: true });
          e.set(status, e.i32(0));
        });
      });
      e.clearExclusive();
      e.setGpr(32, rs, e.get(status));
    },
    {
      asm: ({ size, rs, o0, rn, rt }) =>
        line(`st${o0 ? "l" : ""}xr${suffix(size)}`, w(rs), reg(size === 3, rt), memory(rn)),
    },
  ),

  insn(
    "STXP, STLXP",
    "1 sz:1 001000 001 rs:5 o0:1 rt2:5 rn:5 rt:5",
    ["sz"],
    (e, { sz, rs, rt2, rn, rt }) => {
      const low = e.gpr(64, rt);
      const high = e.gpr(64, rt2);
      const address = e.gprOrSp(64, rn);
      const status = e.variable(e.i32(1));
      const succeed = (): void => e.set(status, e.i32(0));
      const expected = (half: number): Value => e.read(state.exclusiveValue, half);
      e.if(monitorHolds(e, address, 8 << sz), () => {
        if (sz) {
          const current = e.load(128, address, { aligned: true, unit: 64 });
          const sameLow = e.eq(64, e.op("i64x2.extract_lane", current, 0), expected(0));
          const sameHigh = e.eq(64, e.op("i64x2.extract_lane", current, 1), expected(1));
          e.if(e.and(32, sameLow, sameHigh), () => {
            const pair = e.op("i64x2.replace_lane", e.op("i64x2.splat", low), high, 1);
            e.store(128, address, pair, { aligned: true, unit: 64 });
            succeed();
          });
        } else {
          e.if(e.eq(64, e.load(64, address, { aligned: true, unit: 32 }), expected(0)), () => {
            const pair = e.or(64, e.shl(64, high, 32), e.and(64, low, e.i64(0xffffffff)));
            e.store(64, address, pair, { aligned: true, unit: 32 });
            succeed();
          });
        }
      });
      e.clearExclusive();
      e.setGpr(32, rs, e.get(status));
    },
    {
      asm: ({ sz, rs, o0, rt2, rn, rt }) => line(o0 ? "stlxp" : "stxp", w(rs), reg(sz, rt), reg(sz, rt2), memory(rn)),
    },
  ),

  insn(
    "LDXRB, LDAXRB, LDXRH, LDAXRH, LDXR, LDAXR",
    "size:2 001000 010 xxxxx o0:1 xxxxx rn:5 rt:5",
    ["size"],
    (e, { size, rn, rt }) => {
      const address = e.gprOrSp(64, rn);
      const value = e.zeroExtend(64, e.load((8 << size) as AccessBits, address, { aligned: true }));
      setMonitor(e, address, 1 << size, value, e.i64(0));
      e.setGpr(64, rt, value);
    },
    {
      asm: ({ size, o0, rn, rt }) => line(`ld${o0 ? "a" : ""}xr${suffix(size)}`, reg(size === 3, rt), memory(rn)),
    },
  ),

  insn(
    "LDXP, LDAXP",
    "1 sz:1 001000 011 xxxxx o0:1 rt2:5 rn:5 rt:5",
    ["sz"],
    (e, { sz, rt2, rn, rt }) => {
      const address = e.gprOrSp(64, rn);
      if (sz) {
        const pair = e.load(128, address, { aligned: true, unit: 64 });
        const low = e.op("i64x2.extract_lane", pair, 0);
        const high = e.op("i64x2.extract_lane", pair, 1);
        setMonitor(e, address, 16, low, high);
        e.setGpr(64, rt, low);
        e.setGpr(64, rt2, high);
      } else {
        const pair = e.load(64, address, { aligned: true, unit: 32 });
        setMonitor(e, address, 8, pair, e.i64(0));
        e.setGpr(32, rt, e.wrap(pair));
        e.setGpr(64, rt2, e.shrU(64, pair, 32));
      }
    },
    {
      asm: ({ sz, o0, rt2, rn, rt }) => line(o0 ? "ldaxp" : "ldxp", reg(sz, rt), reg(sz, rt2), memory(rn)),
    },
  ),

  insn(
    "STLRB, STLRH, STLR",
    "size:2 001000 100 xxxxx 1 xxxxx rn:5 rt:5",
    ["size"],
    (e, { size, rn, rt }) =>
      e.store((8 << size) as AccessBits, e.gprOrSp(64, rn), e.gpr(size === 3 ? 64 : 32, rt), { aligned: true }),
    { asm: ({ size, rn, rt }) => line(`stlr${suffix(size)}`, reg(size === 3, rt), memory(rn)) },
  ),

  insn(
    "LDARB, LDARH, LDAR",
    "size:2 001000 110 xxxxx 1 xxxxx rn:5 rt:5",
    ["size"],
    (e, { size, rn, rt }) =>
      e.setGpr(size === 3 ? 64 : 32, rt, e.load((8 << size) as AccessBits, e.gprOrSp(64, rn), { aligned: true })),
    { asm: ({ size, rn, rt }) => line(`ldar${suffix(size)}`, reg(size === 3, rt), memory(rn)) },
  ),
];

const suffix = (size: number): string => ["b", "h", "", ""][size]!;

/** Marks `size` bytes at an address, with the value that was loaded from there. */
function setMonitor(e: A64, address: Value, size: number, low: Value, high: Value): void {
  e.write(state.exclusiveAddress, address);
  e.write(state.exclusiveSize, e.i32(size));
  e.write(state.exclusiveValue, low, 0);
  e.write(state.exclusiveValue, high, 1);
  e.write(state.loadedExclusive, e.i32(1));
}

/** Whether the monitor guards exactly these bytes; their value is still to be compared. An i32, 0 or 1. */
function monitorHolds(e: A64, address: Value, size: number): Value {
  return e.and(
    32,
    e.eq(64, e.read(state.exclusiveAddress), address),
    e.eq(32, e.read(state.exclusiveSize), e.i32(size)),
  );
}
