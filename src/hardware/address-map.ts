import { assert } from "../base/index.ts";
import type { MmioDevice } from "./device.ts";
import type { MemoryBlock } from "./memory.ts";

/** Physical addresses have 40 bits. */
export const PHYSICAL_BYTES = 2 ** 40;
const PAGE_BYTES = 4096;

export const ACCESSES = ["read", "write"] as const;
/** Instructions are fetched where reads go. */
export type Access = (typeof ACCESSES)[number];

/** What answers in a range; `offset`: in it, at the range's first address. */
export type Answer =
  { readonly block: MemoryBlock; readonly offset?: number } | { readonly device: MmioDevice; readonly offset?: number };

/** Who answers reads and who writes; where nobody does, the range below is asked. */
export type Answers = Readonly<Partial<Record<Access, Answer>>>;

/** Addresses that belong together: RAM, ROM, a device's registers, a BAR. Memory is mapped by whole pages. */
export interface RangeSpec extends Answers {
  readonly name: string;
  /** Undefined: nowhere yet. */
  readonly base?: number | undefined;
  readonly size: number;
  /** Where ranges overlap, the highest answers; among equals the one that was added first. */
  readonly priority?: number;
}

/** Physical pages as a CPU finds them without asking: what an address map is compiled to. */
export interface PageTable {
  /** From `first` on, `count` pages are the machine's page `page` and those that follow it; undefined: the bus answers. */
  set(access: Access, first: number, count: number, page: number | undefined): void;
  /** After one change of the map has been told: what was looked up before no longer holds. */
  changed(): void;
}

/** Neighbouring addresses that one range answers. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly range: MappedRange;
}

/** A range of a map, which its board moves, hides and gives to others to answer at run time. */
export class MappedRange {
  private where: number | undefined;
  private answers: Answers;

  constructor(
    readonly name: string,
    readonly size: number,
    readonly priority: number,
    private readonly changed: (range: MappedRange, change: () => void) => void,
  ) {
    this.answers = {};
  }

  get base(): number | undefined {
    return this.where;
  }

  answer(access: Access): Answer | undefined {
    return this.answers[access];
  }

  /** The device that answers, where one does. */
  get device(): MmioDevice | undefined {
    for (const answer of [this.answers.write, this.answers.read])
      if (answer && "device" in answer) return answer.device;
    return undefined;
  }

  /** Undefined: nowhere. What lies beyond the address space is out of reach. */
  moveTo(base: number | undefined): void {
    if (base === this.where) return;
    assert(base === undefined || (Number.isSafeInteger(base) && base >= 0), `${this.name} at ${base}`);
    this.checkPages(base, this.answers);
    this.changed(this, () => (this.where = base));
  }

  /** From now on these answer. */
  answerBy(answers: Answers): void {
    if (ACCESSES.every((access) => sameAnswer(answers[access], this.answers[access]))) return;
    this.checkPages(this.where, answers);
    this.changed(this, () => (this.answers = answers));
  }

  private checkPages(base: number | undefined, answers: Answers): void {
    for (const answer of [answers.read, answers.write]) {
      if (!answer || !("block" in answer)) continue;
      const { block, offset = 0 } = answer;
      assert(
        [base ?? 0, this.size, offset].every((n) => n % PAGE_BYTES === 0),
        `${this.name}: memory is mapped by whole pages`,
      );
      assert(offset >= 0 && offset + this.size <= block.bytes, `${this.name} is larger than ${block.name}`);
    }
  }
}

function sameAnswer(a: Answer | undefined, b: Answer | undefined): boolean {
  if (!a || !b) return a === b;
  const who = (answer: Answer): object => ("block" in answer ? answer.block : answer.device);
  return who(a) === who(b) && (a.offset ?? 0) === (b.offset ?? 0);
}

/** Ranges of one address space. Not state: what a guest can change of it follows from a device's registers. */
export class AddressMap {
  /** The one to be asked first comes first. */
  private readonly all: MappedRange[] = [];
  /** What answers where, by address. */
  private readonly spans: Record<Access, Span[]> = { read: [], write: [] };
  private readonly last: Partial<Record<Access, Span | undefined>> = {};
  private table: PageTable | undefined;

  /** @param bytes size of the address space */
  constructor(readonly bytes: number) {}

  get ranges(): readonly MappedRange[] {
    return this.all;
  }

  add({ name, base, size, priority = 0, read, write }: RangeSpec): MappedRange {
    assert(Number.isSafeInteger(size) && size > 0, `${name} of ${size} bytes`);
    const range = new MappedRange(name, size, priority, (changed, change) => this.change(changed, change));
    const after = this.all.findIndex((other) => other.priority < priority);
    this.all.splice(after < 0 ? this.all.length : after, 0, range);
    range.answerBy({ ...(read && { read }), ...(write && { write }) });
    range.moveTo(base);
    return range;
  }

  /** Who answers at an address, and at which offset of it. */
  find(access: Access, address: number): { readonly answer: Answer; readonly offset: number } | undefined {
    const last = this.last[access];
    const found = last && address >= last.start && address < last.end ? last : this.search(access, address);
    if (!found) return undefined;
    this.last[access] = found;
    const answer = found.range.answer(access)!;
    return { answer, offset: address - found.range.base! + (answer.offset ?? 0) };
  }

  private search(access: Access, address: number): Span | undefined {
    const spans = this.spans[access];
    let [low, high] = [0, spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spans[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    const span = spans[low];
    return span && span.start <= address ? span : undefined;
  }

  /** Keeps a CPU's table as this map is, from now on. */
  compileTo(table: PageTable): void {
    this.table = table;
    for (const access of ACCESSES)
      for (const { start, end } of [...this.spans[access]]) this.compile(table, access, start, end);
    table.changed();
  }

  private change(range: MappedRange, change: () => void): void {
    const before = this.extent(range);
    change();
    const after = this.extent(range);
    for (const [start, end] of [before, after])
      if (start < end) for (const access of ACCESSES) this.redraw(access, start, end);
    if (before[0] < before[1] || after[0] < after[1]) this.table?.changed();
  }

  /** The part of a range that can be reached. */
  private extent({ base, size }: MappedRange): [number, number] {
    return base === undefined ? [0, 0] : [Math.min(base, this.bytes), Math.min(base + size, this.bytes)];
  }

  private redraw(access: Access, from: number, to: number): void {
    // By whole pages, so that a page is told anew from all that is in it.
    const [start, end] = [floor(from), Math.min(floor(to + PAGE_BYTES - 1), this.bytes)];
    const spans = this.spans[access];
    const before = spans.filter((span) => span.start < start).map((span) => clip(span, 0, start));
    const after = spans.filter((span) => span.end > end).map((span) => clip(span, end, this.bytes));
    this.spans[access] = joined([...before, ...this.answering(access, start, end), ...after]);
    this.last[access] = undefined;
    if (this.table) this.compile(this.table, access, start, end);
  }

  /** Spans between two addresses, as the ranges are now. */
  private answering(access: Access, start: number, end: number): Span[] {
    const here = this.all
      .filter((range) => range.answer(access) !== undefined)
      .map((range) => ({ range, extent: this.extent(range) }))
      .filter(({ extent }) => extent[0] < end && extent[1] > start);
    const edges = new Set([start, end]);
    for (const { extent } of here) for (const edge of extent) if (edge > start && edge < end) edges.add(edge);
    const sorted = [...edges].sort((a, b) => a - b);
    return sorted.slice(0, -1).flatMap((from, i) => {
      const found = here.find(({ extent }) => extent[0] <= from && extent[1] > from);
      return found ? [{ start: from, end: sorted[i + 1]!, range: found.range }] : [];
    });
  }

  /** Tells the pages that lie between two addresses, whole or in part. A page that several share is the bus's. */
  private compile(table: PageTable, access: Access, start: number, end: number): void {
    const [first, last] = [Math.floor(start / PAGE_BYTES), Math.ceil(end / PAGE_BYTES)];
    let next = first;
    const tell = (to: number, page: number | undefined): void => {
      if (to > next) table.set(access, next, to - next, page);
      next = Math.max(next, to);
    };
    for (const span of this.spans[access]) {
      const answer = span.range.answer(access)!;
      if (!("block" in answer)) continue;
      const from = Math.max(Math.ceil(span.start / PAGE_BYTES), first);
      const to = Math.min(Math.floor(span.end / PAGE_BYTES), last);
      if (from >= to) continue;
      tell(from, undefined);
      const into = from - span.range.base! / PAGE_BYTES + (answer.offset ?? 0) / PAGE_BYTES;
      tell(to, answer.block.firstPage + into);
    }
    tell(last, undefined);
  }
}

const floor = (address: number): number => address - (address % PAGE_BYTES);

/** Neighbours of one range are one span. */
function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last?.range !== span.range || last.end !== span.start) result.push(span);
    else result[result.length - 1] = { ...last, end: span.end };
  }
  return result;
}

function clip({ start, end, range }: Span, from: number, to: number): Span {
  return { start: Math.max(start, from), end: Math.min(end, to), range };
}
