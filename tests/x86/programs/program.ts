import { PLACE } from "../case.ts";

/** Where a program has what: code in the first pages, from the middle of which it grows over the end of a page. */
export const CODE_BYTES = 0x4000;
const PAGE_END = 0x2000;
/** A counter of blocks, which every block counts down before anything else. */
export const FUEL = PLACE + 0x8000;

/** Four bytes that depend on where something else lies, counted from their own end or absolute. */
export interface Fixup {
  readonly at: number;
  readonly relative: boolean;
  readonly to: Target;
}
/** The start of a block, the end of the program, bytes of a unit (of data, those that stand in for it), or an address. */
export type Target = "end" | number | Block | { readonly unit: Unit; readonly plus: number; readonly other?: true };

/** What is taken out of a program as a whole. */
export interface Unit {
  readonly bytes: readonly number[];
  readonly fixups: readonly Fixup[];
  /** Where its instructions begin, but the first one. */
  readonly places: readonly number[];
  /** As long as `bytes`, and at times put in their place. */
  readonly other?: readonly number[];
}

export interface Block {
  readonly body: readonly Unit[];
  /** The way out; then the next block follows. */
  readonly exit: readonly Unit[];
}

/** Random blocks of code, and the state that they begin in. */
export interface Program {
  readonly long: boolean;
  readonly blocks: readonly Block[];
  /** Bytes before the end of a page. */
  readonly before: number;
  readonly fuel: number;
  readonly r: readonly bigint[];
  readonly flags: number;
  readonly fpu: Uint8Array;
  /** Starts of blocks become its upper half: what is on the stack. */
  readonly arena: Uint8Array;
  /** What has been found not to matter. */
  readonly without?: ReadonlySet<Unit>;
}

/** A program in its place. */
export interface Assembled {
  readonly code: Uint8Array;
  /** Offset of its first instruction. */
  readonly entry: number;
  /** Starts of blocks and of instructions: where to go on after a fault. Offsets. */
  readonly starts: readonly number[];
  readonly places: readonly number[];
  /** Of the instruction that ends it. */
  readonly end: number;
}

const INT3 = 0xcc;

const word = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >> shift) & 0xff);
/** ModRM and SIB of an absolute address, which has the same bytes in 32-bit and in 64-bit code. */
export const absolute = (reg: number, address: number): number[] => [(reg << 3) | 4, 0x25, ...word(address)];

/** Counts the fuel down, and goes on while there is some; changes no register and no flag. */
function head(long: boolean): Unit {
  const exchange = [...(long ? [0x48] : []), 0x87, ...absolute(1, FUEL)];
  const LOOP_OVER = [0xe2, 0x05];
  const bytes = [...exchange, ...LOOP_OVER, 0xe9, 0, 0, 0, 0, ...exchange];
  return { bytes, fixups: [{ at: exchange.length + 3, relative: true, to: "end" }], places: [] };
}
const nothing = (): Unit => ({ bytes: [], fixups: [], places: [] });
const toFirst = (first: Block): Unit => ({
  bytes: [0xe9, 0, 0, 0, 0],
  fixups: [{ at: 1, relative: true, to: first }],
  places: [],
});

/** Lays a program out; undefined: it has no room, or refers to what is no part of it. */
export function assemble({ long, blocks, before, without }: Program): Assembled | undefined {
  const units: Unit[] = [];
  const unitOfBlock = new Map<Block, Unit>();
  for (const block of blocks) {
    const rest = [...block.body, ...block.exit].filter((unit) => !without?.has(unit));
    // There is one that counts down, at least.
    const first = block === blocks[0] || rest.length > 0 ? head(long) : nothing();
    unitOfBlock.set(block, first);
    units.push(first, ...rest);
  }
  units.push(toFirst(blocks[0]!));
  const length = units.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const entry = PAGE_END - Math.min(before, length);
  const offsets = new Map<Unit, number>();
  let at = entry;
  for (const unit of units) {
    offsets.set(unit, at);
    at += unit.bytes.length;
  }
  const end = at++;
  const others = new Map<Unit, number>();
  for (const unit of units) {
    if (!unit.other) continue;
    others.set(unit, at);
    at += unit.other.length;
  }
  if (at > CODE_BYTES) return undefined;
  const find = (to: Target): number | undefined => {
    if (typeof to === "number") return to - PLACE;
    if (to === "end") return end;
    if ("body" in to) return offsets.get(unitOfBlock.get(to)!);
    const start = (to.other ? others : offsets).get(to.unit);
    return start === undefined ? undefined : start + to.plus;
  };
  const code = new Uint8Array(CODE_BYTES).fill(INT3);
  for (const [unit, offset] of others) code.set(unit.other!, offset);
  for (const [unit, offset] of offsets) {
    code.set(unit.bytes, offset);
    for (const { at: place, relative, to } of unit.fixups) {
      const found = find(to);
      if (found === undefined) return undefined;
      code.set(word(relative ? found - (offset + place + 4) : PLACE + found), offset + place);
    }
  }
  const places = [...offsets].flatMap(([{ places: inside }, offset]) => [offset, ...inside.map((n) => offset + n)]);
  const starts = blocks.map((block) => offsets.get(unitOfBlock.get(block)!)!);
  return { code, entry, starts, places: [...places, end].sort((a, b) => a - b), end };
}

/** The arena as a program finds it: addresses of blocks on the stack. */
export function arenaOfProgram({ arena, long }: Program, { starts }: Assembled): Uint8Array {
  const filled = arena.slice();
  const view = new DataView(filled.buffer);
  for (let at = filled.length / 2, n = 0; at < filled.length; at += long ? 8 : 4, n++) {
    view.setUint32(at, PLACE + starts[n % starts.length]!, true);
    if (long) view.setUint32(at + 4, 0, true);
  }
  return filled;
}
