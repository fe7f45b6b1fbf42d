import type { Footprint, WatchKind } from "../../machine/index.ts";

const blockBytes = 16;

const block = (address: bigint): number => Math.floor(Number(address) / blockBytes);

/** Blocks of addresses that were touched. */
export class FakeFootprint implements Footprint {
  private readonly touched = { execute: new Set<number>(), read: new Set<number>(), write: new Set<number>() };

  touch(kind: "execute" | "read" | "write", address: bigint): void {
    this.touched[kind].add(block(address));
  }

  mayExecute(address: bigint): boolean {
    return this.touched.execute.has(block(address));
  }

  mayAccess(address: bigint, length: number, kind: WatchKind): boolean {
    for (let at = block(address); at <= block(address + BigInt(length) - 1n); at++) {
      if (kind !== "write" && this.touched.read.has(at)) return true;
      if (kind !== "read" && this.touched.write.has(at)) return true;
    }
    return false;
  }

  save(): Uint8Array {
    const { execute, read, write } = this.touched;
    return new TextEncoder().encode(JSON.stringify([[...execute], [...read], [...write]]));
  }

  static load(saved: Uint8Array): FakeFootprint {
    const result = new FakeFootprint();
    const [execute, read, write] = JSON.parse(new TextDecoder().decode(saved)) as number[][];
    for (const [kind, blocks] of Object.entries({ execute, read, write }))
      for (const one of blocks!) result.touched[kind as "execute" | "read" | "write"].add(one);
    return result;
  }

  union(other: FakeFootprint): FakeFootprint {
    const result = new FakeFootprint();
    for (const { touched } of [this, other])
      for (const kind of ["execute", "read", "write"] as const)
        for (const one of touched[kind]) result.touched[kind].add(one);
    return result;
  }
}
