import { UserError } from "../../base/index.ts";

/** A device tree (Devicetree Specification 0.4). Order is kept, for nodes and for properties. */
export interface FdtNode {
  /** Empty for the root. */
  name: string;
  properties: Map<string, Uint8Array>;
  children: FdtNode[];
}

export interface FdtReservation {
  readonly address: bigint;
  readonly size: bigint;
}

export interface Fdt {
  readonly root: FdtNode;
  readonly reservations: readonly FdtReservation[];
  readonly bootCpu: number;
}

const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
const RESERVATIONS_AT = 48;

const BEGIN_NODE = 1;
const END_NODE = 2;
const PROP = 3;
const NOP = 4;
const END = 9;

const MAX_DEPTH = 64;

export function node(name: string, properties: Record<string, Uint8Array>, ...children: FdtNode[]): FdtNode {
  return { name, properties: new Map(Object.entries(properties)), children };
}

/** 32-bit big-endian cells. */
export function cells(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => view.setUint32(4 * index, value));
  return new Uint8Array(view.buffer);
}

/** Strings, each with its terminator. */
export function strings(...values: readonly string[]): Uint8Array {
  return new TextEncoder().encode(values.map((value) => `${value}\0`).join(""));
}

/** A property that is there or not. */
export const flag: Uint8Array = new Uint8Array();

/** The flattened tree (chapter 5), padded with zeros to `totalBytes`. Throws UserError when that is too small. */
export function writeFdt(tree: Fdt, totalBytes?: number): Uint8Array<ArrayBuffer> {
  const structure = new StructureWriter();
  structure.node(tree.root);
  structure.word(END);

  const structureAt = RESERVATIONS_AT + 16 * (tree.reservations.length + 1);
  const stringsAt = structureAt + structure.length;
  const used = stringsAt + structure.strings.length;
  if (totalBytes !== undefined && used > totalBytes) {
    throw new UserError(`device tree too large: ${used} bytes, there is room for ${totalBytes}`);
  }
  const bytes = new Uint8Array(totalBytes ?? used);
  const view = new DataView(bytes.buffer);
  const header = [MAGIC, bytes.length, structureAt, stringsAt, RESERVATIONS_AT, VERSION, LAST_COMPATIBLE_VERSION];
  header.push(tree.bootCpu, structure.strings.length, structure.length);
  header.forEach((word, index) => view.setUint32(4 * index, word));
  tree.reservations.forEach(({ address, size }, index) => {
    view.setBigUint64(RESERVATIONS_AT + 16 * index, address);
    view.setBigUint64(RESERVATIONS_AT + 16 * index + 8, size);
  });
  bytes.set(structure.bytes(), structureAt);
  bytes.set(structure.strings, stringsAt);
  return bytes;
}

class StructureWriter {
  private readonly parts: Uint8Array[] = [];
  private readonly names = new Map<string, number>();
  private nameBytes: number[] = [];
  length = 0;

  get strings(): Uint8Array {
    return Uint8Array.from(this.nameBytes);
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  word(value: number): void {
    this.aligned(cells(value));
  }

  node(from: FdtNode): void {
    this.word(BEGIN_NODE);
    this.aligned(strings(from.name));
    for (const [name, value] of from.properties) {
      this.aligned(cells(PROP, value.length, this.nameOffset(name)));
      this.aligned(value);
    }
    for (const child of from.children) this.node(child);
    this.word(END_NODE);
  }

  private aligned(bytes: Uint8Array): void {
    const part = new Uint8Array((bytes.length + 3) & ~3);
    part.set(bytes);
    this.parts.push(part);
    this.length += part.length;
  }

  private nameOffset(name: string): number {
    const found = this.names.get(name);
    if (found !== undefined) return found;
    const offset = this.nameBytes.length;
    this.names.set(name, offset);
    this.nameBytes.push(...strings(name));
    return offset;
  }
}

/** Reads a flattened tree of version 16 or 17. Every access is checked: throws UserError for a damaged one. */
export function readFdt(bytes: Uint8Array): Fdt {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== MAGIC) throw new UserError("not a device tree blob");
  const header = (index: number): number => view.getUint32(4 * index);
  const total = header(1);
  if (total > bytes.length) throw damaged(`${total} bytes by its header, ${bytes.length} in the file`);
  const version = header(5);
  if (version < 16 || header(6) > VERSION) throw damaged(`version ${version} is not supported`);
  const block = bytes.subarray(0, total);
  return {
    root: new StructureReader(block, header(2), header(3)).root(),
    reservations: readReservations(block, header(4)),
    bootCpu: header(7),
  };
}

function damaged(why: string): UserError {
  return new UserError(`damaged device tree blob: ${why}`);
}

function readReservations(bytes: Uint8Array, at: number): FdtReservation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: FdtReservation[] = [];
  for (; ; at += 16) {
    if (at + 16 > bytes.length) throw damaged("reservations run past the end");
    const [address, size] = [view.getBigUint64(at), view.getBigUint64(at + 8)];
    if (address === 0n && size === 0n) return found;
    found.push({ address, size });
  }
}

class StructureReader {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly stringsAt: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (at % 4 !== 0) throw damaged("structure not aligned");
  }

  root(): FdtNode {
    if (this.token() !== BEGIN_NODE) throw damaged("no root node");
    const root = this.node(0);
    if (this.token() !== END) throw damaged("no end after the root node");
    return root;
  }

  private node(depth: number): FdtNode {
    if (depth > MAX_DEPTH) throw damaged("nodes too deep");
    const name = this.text(this.at);
    this.skip(name.length + 1);
    const read: FdtNode = { name, properties: new Map(), children: [] };
    for (;;) {
      const token = this.token();
      if (token === END_NODE) return read;
      else if (token === BEGIN_NODE) read.children.push(this.node(depth + 1));
      else if (token === PROP) this.property(read);
      else throw damaged(`unknown token ${token}`);
    }
  }

  private property(owner: FdtNode): void {
    const length = this.word();
    const name = this.text(this.stringsAt + this.word());
    const start = this.at;
    this.skip(length);
    owner.properties.set(name, this.bytes.slice(start, start + length));
  }

  private token(): number {
    let token: number;
    do token = this.word();
    while (token === NOP);
    return token;
  }

  private word(): number {
    const at = this.at;
    this.skip(4);
    return this.view.getUint32(at);
  }

  private skip(length: number): void {
    if (length > this.bytes.length - this.at) throw damaged("structure runs past the end");
    this.at = (this.at + length + 3) & ~3;
  }

  /** One character per byte: names are ASCII. */
  private text(from: number): string {
    const end = this.bytes.indexOf(0, from);
    if (from > this.bytes.length || end < 0) throw damaged("a name runs past the end");
    return String.fromCharCode(...this.bytes.subarray(from, Math.min(end, from + 256)));
  }
}
