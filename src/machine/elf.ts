import { UserError } from "../base/index.ts";

/** What is loaded. */
export interface ElfSegment {
  /** Physical. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** At least the length of `bytes`; the rest is zero. */
  readonly memoryBytes: number;
}

/** An executable of either class. */
export interface Elf {
  /** e_machine: the processor, by the numbers of the System V ABI. */
  readonly machine: number;
  /** Physical where it lies in a segment, else as it is written. */
  readonly entry: bigint;
  readonly segments: readonly ElfSegment[];
  /** Contents of note segments. */
  readonly notes: readonly ElfNotes[];
}

export interface ElfNotes {
  readonly bytes: Uint8Array;
  /** Of names and contents. */
  readonly alignment: number;
}

const MAGIC = 0x464c_457f;
const LITTLE_ENDIAN = 1;
const PT_LOAD = 1;
const PT_NOTE = 4;
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** Where the classes differ (System V ABI, chapters 4 and 5): width of addresses, sizes of headers, offsets of fields. */
const classes = {
  1: { wide: false, header: 52, entry: 24, table: 28, entries: 42, programHeader: 32, fields: [4, 8, 12, 16, 20, 28] },
  2: { wide: true, header: 64, entry: 24, table: 32, entries: 54, programHeader: 56, fields: [8, 16, 24, 32, 40, 48] },
} as const;

export function isElf(file: Uint8Array): boolean {
  return file.length >= 4 && new DataView(file.buffer, file.byteOffset).getUint32(0, true) === MAGIC;
}

/** Throws UserError for a damaged file, and for one that is not little-endian. */
export function readElf(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const form = file[4] === 1 || file[4] === 2 ? classes[file[4]] : undefined;
  if (!form || file[5] !== LITTLE_ENDIAN) throw damaged("it is neither of 32 nor of 64 bits, little-endian");
  if (file.length < form.header) throw damaged("the header is cut off");
  const number = (at: number): bigint => (form.wide ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
  const virtualEntry = number(form.entry);
  const table = number(form.table);
  const size = view.getUint16(form.entries, true);
  const count = view.getUint16(form.entries + 2, true);
  if (count > 0 && size < form.programHeader) throw damaged("program headers are too small");
  if (table + BigInt(count * size) > BigInt(file.length)) throw damaged("program headers run past the end");

  const segments: ElfSegment[] = [];
  const notes: ElfNotes[] = [];
  let entry = virtualEntry;
  for (let index = 0; index < count; index++) {
    const at = Number(table) + index * size;
    const kind = view.getUint32(at, true);
    if (kind !== PT_LOAD && kind !== PT_NOTE) continue;
    const [offset, virtual, physical, fileBytes, memoryBytes, alignment] = form.fields.map((field) =>
      number(at + field),
    );
    if (offset! + fileBytes! > BigInt(file.length)) throw damaged(`segment ${index} runs past the end`);
    const bytes = file.subarray(Number(offset), Number(offset! + fileBytes!));
    if (kind === PT_NOTE) {
      notes.push({ bytes, alignment: Number(alignment) });
      continue;
    }
    if (fileBytes! > memoryBytes!) throw damaged(`segment ${index} is larger in the file than in memory`);
    if (physical! + memoryBytes! > MOST) throw damaged(`segment ${index} is out of range`);
    segments.push({ address: Number(physical), bytes, memoryBytes: Number(memoryBytes) });
    const inside = virtualEntry >= virtual! && virtualEntry < virtual! + fileBytes!;
    if (inside) entry = physical! + virtualEntry - virtual!;
  }
  if (segments.length === 0) throw damaged("nothing to load");
  return { machine: view.getUint16(18, true), entry, segments, notes };
}

/** The contents of the first note of a type, whoever's it is. */
export function findNote(notes: readonly ElfNotes[], type: number): Uint8Array | undefined {
  const HEADER_BYTES = 12;
  for (const { bytes, alignment } of notes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const unit = Math.max(alignment, 1);
    const aligned = (length: number): number => Math.ceil(length / unit) * unit;
    for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
      const content = at + HEADER_BYTES + aligned(view.getUint32(at, true));
      const end = content + view.getUint32(at + 4, true);
      if (view.getUint32(at + 8, true) === type && end <= bytes.length) return bytes.subarray(content, end);
      at = content + aligned(view.getUint32(at + 4, true));
    }
  }
  return undefined;
}

function damaged(why: string): UserError {
  return new UserError(`damaged ELF file: ${why}`);
}
