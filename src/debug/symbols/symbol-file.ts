import { UserError } from "../../base/index.ts";
import type { FileParts } from "./file-parts.ts";
import { readElfSymbols } from "./read-elf.ts";
import { readSystemMap } from "./system-map.ts";
import type { KernelSymbol } from "./table.ts";
import { SymbolTable } from "./table.ts";

/** Where a kernel begins, the first that a file has of these, and ends. */
const STARTS = ["_text", "_stext"];
const END = "_end";
/** A function that every kernel has, also among the few symbols that it knows itself. */
const ALWAYS = "start_kernel";
const LONGEST = 0xffff_ffffn;
/** Of the guest's own functions so many are looked up in the file: nearly all must be where it says. */
const SAMPLES = 400;
const FEWEST = 8;

/** Symbols of a Linux kernel from a file, for the guest that runs that kernel. */
export class SymbolFile {
  /** By how far the guest's kernel is from where it was linked to be. */
  private readonly byDistance = new Map<bigint, SymbolTable>();

  private constructor(
    readonly name: string,
    private readonly table: SymbolTable,
    /** Where `start_kernel` was linked to be. */
    private readonly always: bigint,
  ) {}

  get size(): number {
    return this.table.size;
  }

  /**
   * Reads a vmlinux, another ELF file with its symbols, or a System.map. Resolves to undefined for what holds no symbols of a
   * Linux kernel. Rejects with a UserError for a damaged one.
   */
  static async read(file: FileParts): Promise<SymbolFile | undefined> {
    const symbols = (await readElfSymbols(file)) ?? (await readSystemMap(file));
    const found = (name: string): bigint | undefined => symbols?.find((symbol) => symbol.name === name)?.address;
    const always = found(ALWAYS);
    if (symbols === undefined || always === undefined) return undefined;
    const start = STARTS.map(found).find((address) => address !== undefined) ?? always;
    const end = found(END) ?? start + LONGEST;
    // Offsets of per-CPU data, sizes and such are no addresses of the kernel's.
    const inside = symbols.filter(({ address }) => address >= start && address <= end && address - start <= LONGEST);
    return new SymbolFile(file.name, tableOf(start, inside), always);
  }

  /**
   * These symbols where the guest's kernel, which knows some of its own, has them now: KASLR moves all. Throws a UserError
   * when that is another kernel.
   */
  forGuest(own: SymbolTable): SymbolTable {
    const distance = (own.find(ALWAYS) ?? 0n) - this.always;
    const known = this.byDistance.get(distance);
    if (known) return known;
    if (!this.agrees(own, distance))
      throw new UserError(
        `${this.name} is of another kernel than the one in this machine: its functions are elsewhere`,
      );
    const moved = this.table.movedTo(this.table.base + distance);
    this.byDistance.set(distance, moved);
    return moved;
  }

  private agrees(own: SymbolTable, distance: bigint): boolean {
    let compared = 0;
    let equal = 0;
    const step = Math.max(1, Math.floor(own.size / SAMPLES));
    for (let index = 0; index < own.size; index += step) {
      const { name, address, type } = own.symbol(index);
      // Local names may stand for several functions.
      if (type !== "T") continue;
      const here = this.table.find(name);
      if (here === undefined) continue;
      compared++;
      if (here + distance === address) equal++;
    }
    return compared >= FEWEST && equal >= compared * 0.98;
  }
}

function tableOf(start: bigint, symbols: readonly KernelSymbol[]): SymbolTable {
  const offsets = symbols.map(({ address }) => Number(address - start));
  // At one place, functions and what is global come first: they name it best.
  // Aliases for special purposes begin with underscores.
  const rank = symbols.map(({ name, type }) => ("TtWDdBbRr".indexOf(type) >>> 0) + (name.startsWith("__") ? 16 : 0));
  const order = symbols.map((_, index) => index).sort((a, b) => offsets[a]! - offsets[b]! || rank[a]! - rank[b]!);
  return new SymbolTable(
    start,
    Uint32Array.from(order, (index) => offsets[index]!),
    order.map((index) => symbols[index]!.name),
    order.map((index) => symbols[index]!.type).join(""),
  );
}
