const blockBytes = 4096;

/** Bytes with the position that first shows each, as offset from the block's first. */
interface Block {
  readonly base: number;
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
  used: number;
}

/** What one port printed, in order. */
class PortOutput {
  private readonly blocks: Block[] = [];
  length = 0;

  add(byte: number, position: number): void {
    let block = this.blocks.at(-1);
    if (!block || block.used === blockBytes || position - block.base > 0xffffffff) {
      block = { base: position, offsets: new Uint32Array(blockBytes), bytes: new Uint8Array(blockBytes), used: 0 };
      this.blocks.push(block);
    }
    block.offsets[block.used] = position - block.base;
    block.bytes[block.used++] = byte;
    this.length++;
  }

  until(position: number): Uint8Array {
    let whole = this.blocks.findIndex((block) => block.base > position);
    if (whole < 0) whole = this.blocks.length;
    const last = this.blocks[whole - 1];
    if (!last) return new Uint8Array();
    const limit = position - last.base;
    let low = 0;
    let high = last.used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (last.offsets[middle]! <= limit) low = middle + 1;
      else high = middle;
    }
    return join([
      ...this.blocks.slice(0, whole - 1).map((block) => block.bytes.subarray(0, block.used)),
      last.bytes.subarray(0, low),
    ]);
  }

  truncate(position: number): void {
    const kept = this.until(position).length;
    while (this.length > kept) {
      const block = this.blocks.at(-1)!;
      const dropped = Math.min(block.used, this.length - kept);
      block.used -= dropped;
      this.length -= dropped;
      if (block.used === 0) this.blocks.pop();
    }
  }

  since(skip: number): { bytes: Uint8Array; positions: Float64Array } {
    const count = Math.max(0, this.length - skip);
    const bytes = new Uint8Array(count);
    const positions = new Float64Array(count);
    let start = this.length;
    for (let index = this.blocks.length - 1; index >= 0 && start > skip; index--) {
      const block = this.blocks[index]!;
      start -= block.used;
      for (let at = Math.max(0, skip - start); at < block.used; at++) {
        bytes[start + at - skip] = block.bytes[at]!;
        positions[start + at - skip] = block.base + block.offsets[at]!;
      }
    }
    return { bytes, positions };
  }
}

/** What left the machine's ports, each byte once, however often its history is run again. */
export class RecordedOutput {
  private readonly byPort = new Map<number, PortOutput>();
  /** Output up to here is known. */
  private knownTo = 0;

  /** Bytes of all ports. */
  get length(): number {
    let length = 0;
    for (const output of this.byPort.values()) length += output.length;
    return length;
  }

  /** Those that printed something. */
  get ports(): readonly number[] {
    return [...this.byPort.keys()];
  }

  /** Bytes sent by the step from `position`: the console shows them at position + 1. Returns false when they were known. */
  add(port: number, bytes: Uint8Array, position: number): boolean {
    if (position < this.knownTo) return false;
    for (const byte of bytes) this.port(port).add(byte, position + 1);
    return true;
  }

  /** All output of the steps before `position` was given. */
  reached(position: number): void {
    if (position > this.knownTo) this.knownTo = position;
  }

  /** Forgets what steps after `position` gave. */
  truncate(position: number): void {
    for (const output of this.byPort.values()) output.truncate(position);
    this.knownTo = Math.min(this.knownTo, position);
  }

  /** A copy of what is known up to `position`, to be gone on with otherwise. */
  upTo(position: number): RecordedOutput {
    const copy = new RecordedOutput();
    for (const port of this.ports) {
      const { bytes, positions } = this.since(port, 0);
      for (let at = 0; at < bytes.length && positions[at]! <= position; at++)
        copy.port(port).add(bytes[at]!, positions[at]!);
    }
    copy.knownTo = Math.min(this.knownTo, position);
    return copy;
  }

  /** Bytes with positions at or before `position`. */
  until(port: number, position: number): Uint8Array {
    return this.port(port).until(position);
  }

  since(port: number, skip: number): { bytes: Uint8Array; positions: Float64Array } {
    return this.port(port).since(skip);
  }

  private port(port: number): PortOutput {
    let output = this.byPort.get(port);
    if (!output) this.byPort.set(port, (output = new PortOutput()));
    return output;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
