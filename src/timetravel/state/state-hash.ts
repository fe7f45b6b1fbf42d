import { ByteWriter, sha256 } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";

/**
 * Hash of a machine's whole state, 128 bits: SHA-256, cut, of registers and devices, the position, and the sum over
 * pages of mix(page number, page hash) mod 2^128. A page of zeros adds nothing. Only changed pages are hashed again.
 */
export class StateHash {
  /** What each page adds to the sum, four words to a page. */
  private readonly terms: Uint32Array;
  private readonly sum = new Uint32Array(4);
  private readonly stale = new Set<number>();
  private readonly scratch = new Uint32Array(4);

  constructor(private readonly machine: Machine) {
    this.terms = new Uint32Array(machine.pages.count * 4);
  }

  changed(pages: readonly number[]): void {
    for (const page of pages) this.stale.add(page);
  }

  /** 16 bytes. Every page written since the last call must have been reported by `changed`. */
  digest(): Uint8Array<ArrayBuffer> {
    for (const page of this.stale) this.rehash(page);
    this.stale.clear();
    const state = new ByteWriter().safe(this.machine.position);
    for (const word of this.sum) state.u32(word);
    return sha256(state.raw(this.machine.save()).finish()).slice(0, 16);
  }

  private rehash(page: number): void {
    const term = this.scratch;
    if (this.machine.pages.isZero(page)) term.fill(0);
    else mix(page, this.machine.pages.hash(page), term);
    const old = this.terms.subarray(page * 4, page * 4 + 4);
    let carry = 0;
    let borrow = 0;
    for (let lane = 0; lane < 4; lane++) {
      const difference = term[lane]! - old[lane]! - borrow;
      borrow = difference < 0 ? 1 : 0;
      const total = this.sum[lane]! + (difference >>> 0) + carry;
      carry = total > 0xffffffff ? 1 : 0;
      this.sum[lane] = total;
    }
    old.set(term);
  }
}

function mix(page: number, hash: Uint32Array, out: Uint32Array): void {
  let chain = Math.imul(page + 1, 0x9e3779b1);
  for (let round = 0; round < 2; round++) {
    for (let lane = 0; lane < 4; lane++) {
      chain ^= round === 0 ? hash[lane]! : out[lane]!;
      chain = Math.imul(chain ^ (chain >>> 16), 0x85ebca6b);
      chain = Math.imul(chain ^ (chain >>> 13), 0xc2b2ae35);
      chain ^= chain >>> 16;
      out[lane] = chain;
    }
  }
}
