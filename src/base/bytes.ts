import { UserError } from "./assert.ts";

/** Appends little-endian values to a growing buffer. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private used = 0;

  get length(): number {
    return this.used;
  }

  private reserve(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.used, this.bytes.length * 2));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.reserve(2);
    this.view.setUint16(at, value, true);
    return this;
  }
  u32(value: number): this {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
    return this;
  }
  u64(value: bigint): this {
    const at = this.reserve(8);
    this.view.setBigUint64(at, value, true);
    return this;
  }
  /** A non-negative safe integer, as 64 bits: positions and nanoseconds. */
  safe(value: number): this {
    return this.u64(BigInt(value));
  }
  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }
  raw(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
    return this;
  }
  /** Length-prefixed bytes. */
  blob(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }
  /** Length-prefixed UTF-8. */
  text(value: string): this {
    return this.blob(new TextEncoder().encode(value));
  }
  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.used);
  }
}

/** Reads what ByteWriter wrote. Every read is bounds-checked: the bytes may be damaged or hostile. */
export class ByteReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.at;
  }
  get remaining(): number {
    return this.bytes.length - this.at;
  }

  private take(count: number): number {
    if (count > this.remaining) throw new UserError(`data ends early: ${count} bytes wanted, ${this.remaining} left`);
    const at = this.at;
    this.at += count;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.take(8), true);
  }
  safe(): number {
    const value = this.u64();
    if (value > 9007199254740991n) throw new UserError(`number out of range: ${value}`);
    return Number(value);
  }
  bool(): boolean {
    return this.u8() !== 0;
  }
  raw(length: number): Uint8Array<ArrayBuffer> {
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }
  blob(): Uint8Array<ArrayBuffer> {
    return this.raw(this.u32());
  }
  text(): string {
    return new TextDecoder().decode(this.blob());
  }
}
