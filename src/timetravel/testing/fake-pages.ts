import { sha256 } from "../../base/index.ts";
import type { Pages } from "../../machine/index.ts";

const pageBytes = 4096;

/** RAM in an array, every write through one gate. */
export class FakePages implements Pages {
  readonly pageBytes = pageBytes;
  readonly ram: Uint8Array;
  onFirstWrite: ((page: number) => void) | undefined;
  private written = new Set<number>();

  constructor(readonly count: number) {
    this.ram = new Uint8Array(count * pageBytes);
  }

  write(address: number, byte: number): void {
    this.touch(Math.floor(address / pageBytes));
    this.ram[address] = byte;
  }

  writeAll(address: number, bytes: Uint8Array): void {
    const last = Math.floor((address + bytes.length - 1) / pageBytes);
    for (let page = Math.floor(address / pageBytes); page <= last; page++) this.touch(page);
    this.ram.set(bytes, address);
  }

  beginEpoch(): readonly number[] {
    const written = [...this.written];
    this.written.clear();
    return written;
  }

  view(page: number): Uint8Array {
    return this.ram.subarray(page * pageBytes, (page + 1) * pageBytes);
  }

  isZero(page: number): boolean {
    return this.view(page).every((byte) => byte === 0);
  }

  replace(page: number, bytes: Uint8Array): void {
    this.touch(page);
    this.view(page).set(bytes);
  }

  hash(page: number): Uint32Array {
    return new Uint32Array(sha256(this.view(page)).buffer, 0, 4);
  }

  private touch(page: number): void {
    if (this.written.has(page)) return;
    this.onFirstWrite?.(page);
    this.written.add(page);
  }
}
