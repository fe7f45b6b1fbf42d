import { describe, expect, it } from "vitest";
import {
  type Access,
  ACCESSES,
  AddressMap,
  type Answer,
  type Answers,
  Bus,
  type MappedRange,
  type MemoryBlock,
  type MmioDevice,
  nobody,
  type PageTable,
  PHYSICAL_BYTES,
  readWrite,
} from "./index.ts";

const PAGE = 4096;

function block(name: string, pages: number, firstPage: number): MemoryBlock & { content: Uint8Array } {
  const content = new Uint8Array(pages * PAGE);
  return {
    name,
    bytes: pages * PAGE,
    firstPage,
    content,
    read: (offset, length) => content.slice(offset, offset + length),
    write: (offset, bytes) => content.set(bytes, offset),
  };
}

function device(name: string): MmioDevice & { writes: number[] } {
  const writes: number[] = [];
  return { name, writes, read: (offset) => offset, write: (offset) => void writes.push(offset) };
}

/** A table as the engine keeps it: pages by access, undefined where the bus answers. */
class Table implements PageTable {
  readonly pages: Record<Access, Map<number, number>> = { read: new Map(), write: new Map() };
  changes = 0;

  set(access: Access, first: number, count: number, page: number | undefined): void {
    for (let i = 0; i < count; i++) {
      if (page === undefined) this.pages[access].delete(first + i);
      else this.pages[access].set(first + i, page + i);
    }
  }
  changed(): void {
    this.changes++;
  }
  at(address: number): (number | undefined)[] {
    return ACCESSES.map((access) => this.pages[access].get(address / PAGE));
  }
}

describe("an address map", () => {
  it("finds two blocks of RAM, one above 4 GB, and nobody between or above", () => {
    const bus = new Bus();
    const table = new Table();
    bus.compileTo(table);
    const ram = block("ram", 32, 0);
    const [low, high] = [{ ...readWrite(ram) }, readWrite(ram, 16 * PAGE)];
    bus.add({ name: "low", base: 0, size: 16 * PAGE, ...low });
    bus.add({ name: "high", base: 2 ** 32, size: 16 * PAGE, ...high });
    expect(table.at(0x3000)).toEqual([3, 3]);
    expect(table.at(2 ** 32 + 0x3000)).toEqual([19, 19]);
    expect(table.at(16 * PAGE)).toEqual([undefined, undefined]);
    expect(bus.find("read", 16 * PAGE)).toBeUndefined();
    bus.write(2 ** 32, 4, 0xdeadbeef);
    expect(bus.read(2 ** 32, 4)).toBe(0xdeadbeef);
    expect(ram.content[16 * PAGE]).toBe(0xef);
  });

  it("lets RAM shadow a ROM for reading, for writing, and for both", () => {
    const bus = new Bus();
    const table = new Table();
    bus.compileTo(table);
    const [ram, rom] = [block("ram", 256, 0), block("rom", 4, 256)];
    bus.mapMemory(0, ram);
    bus.add({
      name: "rom",
      base: 0xc0000,
      size: rom.bytes,
      priority: 1,
      read: { block: rom },
      write: { device: nobody },
    });
    const shadow = bus.add({ name: "shadow", base: 0xc0000, size: 2 * PAGE, priority: 2 });
    const { read, write } = readWrite(ram, 0xc0000);
    const states: [Answers, (number | undefined)[]][] = [
      [{}, [256, undefined]],
      [{ write: write! }, [256, 0xc0]],
      [{ read: read!, write: { device: nobody } }, [0xc0, undefined]],
      [{ read: read!, write: write! }, [0xc0, 0xc0]],
      [{}, [256, undefined]],
    ];
    for (const [answers, pages] of states) {
      shadow.answerBy(answers);
      expect(table.at(0xc0000)).toEqual(pages);
      expect(table.at(0xc2000)).toEqual([258, undefined]);
    }
  });

  it("moves a BAR, over RAM too, and gives back what it covered", () => {
    const bus = new Bus();
    const table = new Table();
    bus.compileTo(table);
    bus.mapMemory(0, block("ram", 16, 0));
    const registers = device("registers");
    const bar = bus.add({
      name: "bar",
      size: 0x100,
      priority: 1,
      read: { device: registers },
      write: { device: registers },
    });
    expect(bus.mappings).toEqual([]);
    bar.moveTo(0x3f00);
    expect(table.at(0x3000)).toEqual([undefined, undefined]);
    expect([bus.read(0x3f10, 4), bus.read(0x3e00, 4)]).toEqual([0x10, 0]);
    bus.write(0x3e00, 4, 7);
    bar.moveTo(0x10_0000);
    expect([table.at(0x3000), bus.read(0x3e00, 4), bus.read(0x10_0010, 4)]).toEqual([[3, 3], 7, 0x10]);
    bar.moveTo(PHYSICAL_BYTES - 0x80);
    expect(bus.read(PHYSICAL_BYTES - 0x10, 4)).toBe(0x70);
    bar.moveTo(2 ** 52);
    expect([bus.find("read", 2 ** 52), bus.find("read", PHYSICAL_BYTES - 0x10)]).toEqual([undefined, undefined]);
  });

  it("tells nobody of changes that are none", () => {
    const bus = new Bus();
    const table = new Table();
    bus.compileTo(table);
    const ram = block("ram", 16, 0);
    const range = bus.add({ name: "ram", base: 0, size: ram.bytes, ...readWrite(ram) });
    const { changes } = table;
    range.moveTo(0);
    range.answerBy(readWrite(ram));
    bus.add({ name: "nowhere", size: PAGE, ...readWrite(ram) });
    expect(table.changes).toBe(changes);
  });

  it("refuses what a board's author got wrong", () => {
    const bus = new Bus();
    const ram = block("ram", 4, 0);
    expect(() => bus.add({ name: "ram", base: 0x800, size: PAGE, ...readWrite(ram) })).toThrow(/whole pages/);
    expect(() => bus.add({ name: "ram", base: 0, size: 5 * PAGE, ...readWrite(ram) })).toThrow(/larger than ram/);
    expect(() => bus.add({ name: "ram", base: 0, size: 0, ...readWrite(ram) })).toThrow(/0 bytes/);
    expect(() => bus.add({ name: "ram", base: 0, size: NaN, ...readWrite(ram) })).toThrow(/NaN bytes/);
    expect(() => bus.add({ name: "bar", base: -1, size: 16 })).toThrow(/at -1/);
  });
});

/** The map by its definition: an address asks each range in turn. */
class Naive {
  readonly ranges: { range: MappedRange; answers: Answers; base: number | undefined; order: number }[] = [];

  find(access: Access, address: number): { answer: Answer; offset: number } | undefined {
    const sorted = [...this.ranges].sort((a, b) => b.range.priority - a.range.priority || a.order - b.order);
    for (const { range, answers, base } of sorted) {
      const answer = answers[access];
      if (base === undefined || !answer || address < base || address >= base + range.size) continue;
      return { answer, offset: address - base + (answer.offset ?? 0) };
    }
    return undefined;
  }

  /** The machine's page behind one that only a block answers for. */
  page(access: Access, page: number): number | undefined {
    const pages = Array.from({ length: PAGE / UNIT }, (_, i) => {
      const found = this.find(access, page * PAGE + i * UNIT);
      return found && "block" in found.answer
        ? found.answer.block.firstPage + Math.floor(found.offset / PAGE)
        : undefined;
    });
    return pages.every((one) => one === pages[0]) ? pages[0] : undefined;
  }
}

const UNIT = 256;
const SPACE = 48;

describe("an address map and its model, at random", () => {
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  it.each([1, 2, 3, 4, 5, 6])("agree after each change, seed %i", (seed) => {
    const below = random(seed);
    const map = new AddressMap(SPACE * PAGE);
    const [table, naive] = [new Table(), new Naive()];
    if (seed % 2) map.compileTo(table);
    const blocks = [block("ram", 32, 0), block("rom", 8, 32), block("video", 16, 40)];
    const devices = [device("a"), device("b")];
    /** Of a range of whole pages; devices may also be smaller. */
    const answer = (size: number): Answer | undefined => {
      const which = below(6);
      const chosen = blocks[which];
      if (!chosen || size % PAGE || size > chosen.bytes)
        return which < 5 ? { device: devices[which % 2]!, offset: UNIT * below(3) } : undefined;
      return { block: chosen, offset: PAGE * below((chosen.bytes - size) / PAGE + 1) };
    };
    const answers = (size: number): Answers => {
      const [read, write] = [answer(size), answer(size)];
      return { ...(read && { read }), ...(write && { write: below(3) ? write : (read ?? write) }) };
    };
    const place = (size: number): number | undefined =>
      below(8) === 0 ? undefined : size % PAGE ? UNIT * below(SPACE * 18) : PAGE * below(SPACE + 2);

    for (let change = 0; change < 150; change++) {
      if (naive.ranges.length < 12 && below(4) === 0) {
        const size = below(2) ? PAGE * (1 + below(12)) : UNIT * (1 + below(40));
        const [base, who, priority] = [place(size), answers(size), below(3)];
        const range = map.add({ name: `${change}`, base, size, priority, ...who });
        naive.ranges.push({ range, answers: who, base, order: change });
      } else if (naive.ranges.length > 0) {
        const one = naive.ranges[below(naive.ranges.length)]!;
        // A range that has answered by memory keeps to whole pages.
        if (below(2)) one.range.moveTo((one.base = place(one.range.size)));
        else one.range.answerBy((one.answers = answers(one.range.size)));
      }
      if (change === 75 && !(seed % 2)) map.compileTo(table);
      for (const access of ACCESSES) {
        for (let page = 0; page < SPACE; page++) {
          const address = page * PAGE + UNIT * below(PAGE / UNIT) + below(UNIT);
          expect(map.find(access, address), `${access} ${address}`).toEqual(naive.find(access, address));
          if (seed % 2 || change >= 75) expect(table.pages[access].get(page)).toBe(naive.page(access, page));
        }
      }
    }
  });
});
