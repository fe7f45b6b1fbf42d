/** One symbol. `type` is nm's letter: "T" and "t" code, "D" "B" "R" data, and so on; upper case is global. */
export interface KernelSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly type: string;
}

/** What Linux ends its code with: nothing of these names follows, however far the next symbol is. */
const ends: ReadonlySet<string> = new Set(["_etext", "_einittext"]);

/** Symbols by address and by name. Immutable. */
export class SymbolTable {
  private byName: Map<string, number> | undefined;

  /** `offsets` from `base` rise; `names` and `types` are parallel to them. */
  constructor(
    readonly base: bigint,
    private readonly offsets: Uint32Array,
    private readonly names: readonly string[],
    private readonly types: string,
  ) {}

  get size(): number {
    return this.names.length;
  }

  /** The i-th symbol by rising address. */
  symbol(index: number): KernelSymbol {
    return { name: this.names[index]!, address: this.base + BigInt(this.offsets[index]!), type: this.types[index]! };
  }

  /** The i-th symbol marks an end of code and is nothing itself. */
  isEnd(index: number): boolean {
    return ends.has(this.names[index]!);
  }

  /** Address of a name; the first of several. */
  find(name: string): bigint | undefined {
    if (!this.byName) {
      this.byName = new Map();
      for (let i = this.names.length - 1; i >= 0; i--) this.byName.set(this.names[i]!, i);
    }
    const index = this.byName.get(name);
    return index === undefined ? undefined : this.base + BigInt(this.offsets[index]!);
  }

  /** The symbol at or before an address, the first of several at one place; undefined outside the kernel. */
  at(address: bigint): { readonly name: string; readonly offset: number } | undefined {
    const wanted = address - this.base;
    if (this.size === 0 || wanted < 0n || wanted > BigInt(this.offsets[this.size - 1]!)) return undefined;
    const target = Number(wanted);
    let low = 0;
    let high = this.size - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offsets[middle]! <= target) low = middle;
      else high = middle - 1;
    }
    const behind = this.offsets[low]! < target;
    if (behind && this.isEnd(low)) return undefined;
    while (low > 0 && this.offsets[low - 1] === this.offsets[low]) {
      low--;
      if (behind && this.isEnd(low)) return undefined;
    }
    if (this.offsets[low]! > target) return undefined;
    return { name: this.names[low]!, offset: target - this.offsets[low]! };
  }

  /** "start_kernel+0x1c", "start_kernel"; undefined outside the kernel. */
  describe(address: bigint): string | undefined {
    const found = this.at(address);
    return found && (found.offset === 0 ? found.name : `${found.name}+0x${found.offset.toString(16)}`);
  }

  /** The caller that a return address goes back to: its call stands before it, and may be its last instruction. */
  describeReturn(address: bigint): string | undefined {
    const found = this.at(address - 1n);
    return found && `${found.name}+0x${(found.offset + 1).toString(16)}`;
  }

  /** Names that begin with `prefix`, at most `limit`: for completion. */
  startingWith(prefix: string, limit: number): string[] {
    const found = new Set<string>();
    for (const name of this.names) {
      if (name.startsWith(prefix)) found.add(name);
      if (found.size >= limit) break;
    }
    return [...found];
  }

  /** The same symbols at another place: the kernel relocated as a whole. */
  movedTo(base: bigint): SymbolTable {
    return new SymbolTable(base, this.offsets, this.names, this.types);
  }
}
