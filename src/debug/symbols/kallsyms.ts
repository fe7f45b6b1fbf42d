import type { LinuxFormat, Machine, Pages } from "../../machine/index.ts";
import type { SymbolTable } from "./table.ts";
import { type KallsymsTables, readTables } from "./tables.ts";
import { copyRam, loggedOffset } from "./ram.ts";
import { findDigits, readTokens } from "./tokens.ts";

/** How much memory before and after the token table holds the other tables, generously. */
const BYTES_BEFORE = 24 << 20;
const BYTES_AFTER = 8 << 20;
/** How much the token table itself takes. */
const TOKEN_BYTES = 64 << 10;
/** A kernel image is at most this long before and after its tables. */
const IMAGE_BYTES = 64 << 20;

/** Bytes of the names by which tables are known again. */
const SIGNATURE_BYTES = 2048;
/** Instructions to or from a place without a kernel before it is worth looking again. */
const RETRY_DISTANCE = 50_000_000;

/** Each costs a look at all that may belong to it, and the guest's memory may be full of what looks like one. */
const MOST_CANDIDATES = 64;

/** Tables that were found, and the symbols at each address the kernel had. */
interface Known {
  readonly tables: KallsymsTables;
  readonly signature: Uint8Array;
  /** Where an unrelocated kernel's base will be, once asked. */
  linkBase: bigint | undefined;
  readonly byBase: Map<bigint, SymbolTable>;
  /** Physical address of what stands at the base, once it was mapped. */
  physicalBase: number | undefined;
  /** Where the image begins in RAM, once asked. */
  imageStart: number | undefined;
}

/** Where a kernel runs. */
export interface KernelPlace {
  /** It has relocated itself: before that, its symbols have the addresses that it was linked for. */
  readonly relocated: boolean;
  /** How far it has moved (KASLR): a multiple of 2 MB, 0 without; undefined where nothing in memory tells. */
  readonly offset: bigint | undefined;
}

/** The Linux kernel's own symbols, read from a machine's memory. */
export class KernelSymbols {
  private known: Known | undefined;
  private missedAt: number | undefined;
  private last: SymbolTable | undefined;

  constructor(private readonly machine: Machine) {}

  /**
   * The symbols as memory shows them now. Before the kernel has relocated itself they have the addresses it was
   * linked for, afterwards those it runs at. undefined when no such kernel is in memory. Costs a search of all RAM the
   * first time only.
   */
  current(): SymbolTable | undefined {
    const known = this.stillThere() ? this.known : this.search();
    const base = known && this.baseOf(known);
    if (base === undefined) return undefined;
    let table = known!.byBase.get(base);
    if (!table) known!.byBase.set(base, (table = known!.tables.table.movedTo(base)));
    return (this.last = table);
  }

  /**
   * The same, or where memory shows none, as in firmware, those that were found last: they name nothing but a kernel's
   * addresses, which no firmware has.
   */
  latest(): SymbolTable | undefined {
    return this.current() ?? this.last;
  }

  /** undefined when no kernel is in memory. May search all RAM. */
  place(): KernelPlace | undefined {
    const known = this.current() && this.known;
    if (!known) return undefined;
    const base = this.storedBase(known);
    if (!base) return { relocated: false, offset: undefined };
    known.linkBase ??= unrelocatedBase(this.machine, known.tables);
    const offset = known.linkBase === undefined ? loggedOffset(this.machine.pages) : base - known.linkBase;
    return { relocated: true, offset };
  }

  /**
   * Reads the kernel's code by the addresses of `table`, which `current` gave, also while they are not mapped. undefined
   * where it is not known in which memory they are.
   */
  read(table: SymbolTable, address: bigint, length: number): Uint8Array | undefined {
    const { machine, known } = this;
    if (!known) return undefined;
    known.physicalBase ??= machine.debug.translate(table.base);
    if (known.physicalBase !== undefined) {
      const physical = known.physicalBase + Number(address - table.base);
      return physical < 0 ? undefined : machine.readPhysical(physical, length);
    }
    const { linux } = machine.debug;
    const start = (known.imageStart ??= linux && imageStart(linux, machine.pages, known.tables.namesAt));
    if (!linux || start === undefined) return undefined;
    const offset = start + Number(address - (table.base - (table.base % linux.linkAlignment)));
    if (offset < 0) return undefined;
    const bytes = copyRam(machine.pages, offset, length);
    return bytes.length === length ? bytes : undefined;
  }

  private stillThere(): boolean {
    if (!this.known) return false;
    const { tables, signature } = this.known;
    const now = signatureOf(this.machine.pages, tables);
    return now.every((byte, i) => byte === signature[i]);
  }

  private search(): Known | undefined {
    const { pages, position } = this.machine;
    this.known = undefined;
    if (this.missedAt !== undefined && Math.abs(position - this.missedAt) < RETRY_DISTANCE) return undefined;
    const tables = findTables(this.machine);
    this.missedAt = tables ? undefined : position;
    if (!tables) return undefined;
    return (this.known = {
      tables,
      signature: signatureOf(pages, tables),
      linkBase: undefined,
      byBase: new Map(),
      physicalBase: undefined,
      imageStart: undefined,
    });
  }

  private baseOf(known: Known): bigint | undefined {
    const base = this.storedBase(known);
    if (base) return base;
    known.linkBase ??= unrelocatedBase(this.machine, known.tables);
    return known.linkBase;
  }

  /** 0 before the kernel has relocated itself. */
  private storedBase(known: Known): bigint | undefined {
    const { at, bytes, behind } = known.tables.pointer;
    const value = littleEndian(copyRam(this.machine.pages, at, bytes));
    return value && value - behind;
  }
}

function signatureOf(pages: Pages, { namesAt }: KallsymsTables): Uint8Array {
  return copyRam(pages, namesAt, SIGNATURE_BYTES);
}

/** Searches all of RAM; offsets are from its start. */
function findTables({ pages, configuration, debug }: Machine): KallsymsTables | undefined {
  const chunk = 1 << 20;
  const overlap = 32;
  const total = configuration.ramBytes;
  let candidates = 0;
  for (let start = 0; start < total; start += chunk) {
    const bytes = copyRam(pages, start, chunk + overlap);
    for (let at = findDigits(bytes, 0); at >= 0; at = findDigits(bytes, at + 1)) {
      if (++candidates > MOST_CANDIDATES) return undefined;
      const digits = start + at;
      if (!tokensAround(pages, digits)) continue;
      const windowStart = before(digits, BYTES_BEFORE);
      const window = copyRam(pages, windowStart, digits + BYTES_AFTER - windowStart);
      const found = readTables(window, digits - windowStart, debug.linux);
      if (!found) continue;
      const { table, namesAt, pointer } = found;
      return { table, namesAt: windowStart + namesAt, pointer: { ...pointer, at: windowStart + pointer.at } };
    }
  }
  return undefined;
}

/** The tables are aligned to 8 bytes. */
function before(offset: number, bytes: number): number {
  const start = Math.max(0, offset - bytes);
  return start - (start % 8);
}

/** A look at little, before one at all that may belong to it. */
function tokensAround(pages: Pages, digits: number): boolean {
  const start = before(digits, TOKEN_BYTES);
  return readTokens(copyRam(pages, start, digits + TOKEN_BYTES - start), digits - start) !== undefined;
}

/** The first symbol stands at most so far behind where a kernel is linked to begin. */
const FIRST_SYMBOL = 1n << 17n;
const RELOCATION_BYTES = 24;
const PIECE_BYTES = 1 << 20;

/**
 * The base of a kernel that has not applied its relocations yet, and still reads 0 there: by the value of the
 * RELATIVE relocation (ELF: u64 place, u64 type, u64 value) whose place the pointer is. The address that the image is linked
 * for is not known either, but it is a round one, and the base lies just behind it.
 */
function unrelocatedBase(machine: Machine, { pointer, namesAt }: KallsymsTables): bigint | undefined {
  const { linux } = machine.debug;
  if (linux?.relativeRelocation === undefined) return undefined;
  const start = imageStart(linux, machine.pages, namesAt);
  if (start === undefined) return undefined;
  // In pieces: an image has tens of megabytes.
  for (let piece = start; piece < namesAt + IMAGE_BYTES; piece += PIECE_BYTES) {
    const image = copyRam(machine.pages, piece, PIECE_BYTES + RELOCATION_BYTES);
    if (image.length < RELOCATION_BYTES) return undefined;
    const view = new DataView(image.buffer);
    for (let at = 8; at + 16 <= image.length; at += 8) {
      if (view.getUint32(at, true) !== linux.relativeRelocation || view.getUint32(at + 4, true) !== 0) continue;
      const link = view.getBigUint64(at - 8, true) - BigInt(pointer.at - start);
      const base = view.getBigUint64(at + 8, true) - pointer.behind;
      if (link > 0n && link % linux.linkAlignment === 0n && base >= link && base - link <= FIRST_SYMBOL) return base;
    }
  }
  return undefined;
}

/** The page before `offset` that begins a kernel's image. */
function imageStart(linux: LinuxFormat, pages: Pages, offset: number): number | undefined {
  const last = Math.floor(offset / pages.pageBytes);
  for (let page = last; page >= Math.max(0, last - IMAGE_BYTES / pages.pageBytes); page--)
    if (linux.beginsImage(pages.view(page))) return page * pages.pageBytes;
  return undefined;
}

/** undefined where bytes are missing. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>): bigint | undefined {
  const view = new DataView(bytes.buffer);
  if (bytes.length === 4) return BigInt(view.getUint32(0, true));
  return bytes.length === 8 ? view.getBigUint64(0, true) : undefined;
}
