import { ByteReader, ByteWriter } from "../../base/index.ts";
import { ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE } from "../../isa/index.ts";
import { FOOTPRINT, FOOTPRINT_BITS, FOOTPRINT_BYTES, FOOTPRINT_PART } from "../layout.ts";
import type { Runtime } from "../interpreter/runtime.ts";

/** Bits 12 to 47 of an address count: tags and the sign above them are left out. */
const ABOVE = 16;
const BELOW = 12;
const SPREAD = 0x9e3779b97f4a7c15n;
const PAGE = 4096n;

/**
 * Pages that a stretch of running fetched from, read and wrote, by virtual address: a filter, in which a "no" is certain.
 * What the TLB serves was looked up before, and a stretch begins with an empty TLB: noting lookups is enough.
 */
export class Footprint {
  private saved: Uint8Array | undefined;

  /** @param bits a part for each kind of access: what FOOTPRINT held. */
  constructor(private readonly bits: Uint8Array) {}

  mayExecute(address: bigint): boolean {
    return this.has(ACCESS_FETCH, address);
  }

  mayAccess(address: bigint, length: number, kind: "read" | "write" | "access"): boolean {
    const last = (address + BigInt(length) - 1n) / PAGE;
    for (let page = address / PAGE; page <= last; page++) {
      if (kind !== "write" && this.has(ACCESS_READ, page * PAGE)) return true;
      if (kind !== "read" && this.has(ACCESS_WRITE, page * PAGE)) return true;
    }
    return false;
  }

  /** Of both stretches. */
  union(other: Footprint): Footprint {
    const both = this.bits.slice();
    for (let at = 0; at < both.length; at++) both[at]! |= other.bits[at]!;
    return new Footprint(both);
  }

  /** What may change from version to version, then each byte that is not zero after so many that are. */
  save(): Uint8Array {
    return (this.saved ??= this.encode());
  }

  private encode(): Uint8Array {
    const to = new ByteWriter().raw(form());
    let gap = 0;
    for (const byte of this.bits) {
      if (byte === 0) gap++;
      else {
        to.u16(gap).u8(byte);
        gap = 0;
      }
    }
    return to.finish();
  }

  private has(kind: number, address: bigint): boolean {
    const bit = bitOf(address);
    return ((this.bits[kind * FOOTPRINT_PART + (bit >> 3)]! >> (bit & 7)) & 1) === 1;
  }
}

/** Undefined when its bits mean something else here. */
export function loadFootprint(saved: Uint8Array): Footprint | undefined {
  const from = new ByteReader(saved);
  const own = form();
  if (saved.length < own.length || from.raw(own.length).some((byte, at) => byte !== own[at])) return undefined;
  const bits = new Uint8Array(FOOTPRINT_BYTES);
  for (let at = 0; from.remaining > 0; at++) {
    at += from.u16();
    if (at >= FOOTPRINT_BYTES) return undefined;
    bits[at] = from.u8();
  }
  return new Footprint(bits);
}

/** 1: also pages from which nothing could be fetched. */
const VERSION = 1;

/** How bits are laid out, by where some addresses fall. */
function form(): Uint8Array {
  const to = new ByteWriter().u8(VERSION).u32(FOOTPRINT_BYTES).u8(ACCESS_READ).u8(ACCESS_WRITE).u8(ACCESS_FETCH);
  for (const address of [0n, 0x1000n, 0x7fff_f000n, 0xffff_8000_0801_0000n]) to.u32(bitOf(address));
  return to.finish();
}

function bitOf(address: bigint): number {
  const page = BigInt.asUintN(64, address << BigInt(ABOVE)) >> BigInt(ABOVE + BELOW);
  return Number(BigInt.asUintN(64, page * SPREAD) >> BigInt(64 - FOOTPRINT_BITS));
}

export function defineFootprint(r: Runtime): void {
  // (va, access): a page is looked up.
  r.define("touch", ["i64", "i32"], undefined, (e, low, va, access) => {
    const page = e.shrU(64, e.shl(64, va, ABOVE), ABOVE + BELOW);
    const bit = e.wrap(e.shrU(64, e.mul(64, page, e.i64(BigInt.asIntN(64, SPREAD))), 64 - FOOTPRINT_BITS));
    const kind = e.and(32, access, e.i32(ACCESS_WRITE | ACCESS_FETCH));
    const at = e.add(32, e.mul(32, kind, e.i32(FOOTPRINT_PART)), e.shrU(32, bit, 3));
    const mask = e.shl(32, e.i32(1), e.and(32, bit, e.i32(7)));
    low.f.store(8, at, e.or(32, low.f.load("i32", 8, at, FOOTPRINT), mask), FOOTPRINT);
  });
}
