import { beforeAll, describe, expect, it } from "vitest";
import { Bus, type MmioDevice, nobody, readWrite } from "../../hardware/index.ts";
import { Cpu } from "../cpu.ts";
import { Engine } from "../engine.ts";
import { MAP_CHUNK_PAGES, MAP_CHUNKS } from "../layout.ts";
import { r, step, toyInterpreter } from "../testing/toy-cpu.ts";
import { asm, toy, toyState } from "../testing/toy-guest.ts";
import type { MapAccess } from "./physical-map.ts";

let module: WebAssembly.Module;
beforeAll(() => {
  module = toyInterpreter();
});

const MB = 2 ** 20;
const HIGH = 2 ** 32;
const BIOS = 0xf_0000;
const VIDEO = 0xe000_0000;
const ACCESSES: readonly MapAccess[] = ["read", "write"];

const words = (program: readonly number[]): Uint8Array =>
  new Uint8Array(new Uint32Array(program.map((w) => w >>> 0)).buffer);

/** A board with two ranges of RAM, a ROM that RAM shadows, video memory that moves, and a device that moves the map. */
function build() {
  const bus = new Bus();
  const blocks = [
    { name: "ram", bytes: 2 * MB },
    { name: "bios", bytes: 0x1_0000 },
    { name: "video", bytes: 32 * MB },
  ];
  const cpu = new Cpu(
    new Engine(toy, module, blocks, {
      mmioRead: (address, bytes) => bus.read(address, bytes as 1 | 2 | 4),
      mmioWrite: (address, bytes, value) => bus.write(address, bytes as 1 | 2 | 4, value),
      guest: {},
    }),
  );
  const [ram, bios, video] = blocks.map(({ name }) => cpu.block(name));
  const low = { name: "low", base: 0, size: MB, ...readWrite(ram!) };
  bus.add(low);
  bus.add({ name: "high", base: HIGH, size: MB, ...readWrite(ram!, MB) });
  bus.add({
    name: "bios",
    base: BIOS,
    size: bios!.bytes,
    priority: 1,
    read: { block: bios! },
    write: { device: nobody },
  });
  const shadow = bus.add({ name: "shadow", base: BIOS, size: bios!.bytes, priority: 2 });
  const bar = bus.add({ name: "video", base: VIDEO, size: video!.bytes, priority: 3, ...readWrite(video!) });
  const log: string[] = [];
  const { read, write } = readWrite(ram!, BIOS);
  /** What is written to it says how the map is from then on. */
  const control: MmioDevice = {
    name: "control",
    read: (offset) => (log.push(`read ${offset}`), 0x55),
    write(offset, _size, value) {
      if (offset === 4) bar.moveTo(value === 0 ? undefined : value);
      else if (offset === 0)
        shadow.answerBy(
          [{}, { write: write! }, { read: read!, write: { device: nobody } }, { read: read!, write: write! }][value]!,
        );
      else log.push(`write ${offset}`);
    },
  };
  const registers = bus.add({
    name: "control",
    base: CONTROL,
    size: 0x20,
    priority: 4,
    read: { device: control },
    write: { device: control },
  });
  bus.compileTo(cpu.map);
  cpu.position = 0;
  return { cpu, bus, log, registers, ram: ram!, bios: bios!, video: video! };
}
const CONTROL = 0xc000_0000;

function start(cpu: Cpu, at: number, registers: readonly (readonly [number, number | bigint])[]): void {
  for (const [n, value] of registers) cpu.writeState(toyState.r, BigInt(value), n);
  cpu.writeState(toyState.pc, BigInt(at));
  cpu.stateChanged();
}

const mapping = 0;
const SHADOW = { rom: 0, writesRam: 1, readsRam: 2, ram: 3 };

describe("a machine's memory", () => {
  it("is found below and above 4 GB, executed, and accessed across the end of either range", () => {
    const { cpu } = build();
    cpu.physical.writeRam(HIGH, words([asm.store(1, 7, 3), asm.load(2, 7, 3), asm.jump(6)]));
    cpu.physical.writeRam(0x100, words([asm.store16(1, 7), asm.load(3, 7, 3)]));
    start(cpu, HIGH, [
      [1, 0x1122334455667788n],
      [7, HIGH + 0xff_c],
      [6, 0x100],
    ]);
    step(cpu, 3);
    expect([r(cpu, 2), cpu.pc]).toEqual([0x1122334455667788n, 0x100n]);
    // Its last bytes are nobody's: nothing of it happens.
    start(cpu, 0x100, [[7, HIGH + MB - 4]]);
    step(cpu);
    expect([cpu.readState(toyState.cause), cpu.physical.readRam(HIGH + MB - 4, 4)]).toEqual([3n, new Uint8Array(4)]);
  });

  it("refuses an access that goes on in a device, which is not asked", () => {
    const { cpu, bus, log } = build();
    const device = { name: "next", read: () => log.push("read"), write: () => void log.push("write") };
    bus.map(HIGH + MB, 0x1000, device);
    bus.compileTo(cpu.map);
    cpu.physical.writeRam(0x100, words([asm.store(1, 7, 3), asm.load(1, 7, 3)]));
    for (const at of [0x100, 0x104]) {
      start(cpu, at, [
        [1, 0x1122334455667788n],
        [7, HIGH + MB - 4],
      ]);
      cpu.writeState(toyState.cause, 0n);
      step(cpu);
      expect([cpu.readState(toyState.cause), r(cpu, 1)]).toEqual([3n, 0x1122334455667788n]);
    }
    expect([log, cpu.physical.readRam(HIGH + MB - 4, 4)]).toEqual([[], new Uint8Array(4)]);
  });

  it("is read and executed as ROM, then as the RAM behind it, write-protected or not, and follows a remap under its own pc", () => {
    const { cpu, bios, ram } = build();
    // In ROM: 1 to r2, then the shadow is switched; in the RAM behind, the same place says 7.
    bios.write(0, words([asm.li(2, 1), asm.store(1, 7, 2, mapping), asm.li(2, 1), asm.li(3, 1)]));
    ram.write(BIOS, words([asm.li(2, 7), asm.li(2, 7), asm.li(2, 7), asm.store(5, 6, 2)]));
    start(cpu, BIOS, [
      [1, SHADOW.readsRam],
      [7, CONTROL],
      [5, 0xabcd],
      [6, BIOS + 0x800],
    ]);
    step(cpu, 2);
    expect(r(cpu, 2)).toBe(1n);
    step(cpu, 2);
    // The next instruction is RAM's already; its store is dropped.
    expect([r(cpu, 2), r(cpu, 3), cpu.physical.read(BIOS + 0x800, 4)]).toEqual([7n, 0n, new Uint8Array(4)]);
    for (const [state, value] of [
      [SHADOW.ram, 0xcd],
      [SHADOW.rom, 0],
      [SHADOW.writesRam, 0],
      [SHADOW.readsRam, 0xcd],
    ] as const) {
      cpu.physical.writeRam(0x200, words([asm.store(1, 7, 2, mapping), asm.store(5, 6, 2), asm.load(4, 6, 0)]));
      start(cpu, 0x200, [
        [1, state],
        [5, 0xabcd],
      ]);
      step(cpu, 3);
      expect(r(cpu, 4), `state ${state}`).toBe(BigInt(value));
    }
  });

  it("keeps hidden RAM: it is state, in pages and hashes, whatever is mapped over it", () => {
    const { cpu, ram } = build();
    ram.write(BIOS, Uint8Array.of(9));
    const page = ram.firstPage + BIOS / 4096;
    const before = [...cpu.pages.hash(page)];
    expect([cpu.physical.read(BIOS, 1), cpu.physical.readRam(BIOS, 1)]).toEqual([Uint8Array.of(0), undefined]);
    cpu.pages.beginEpoch();
    const seen: number[] = [];
    cpu.pages.onFirstWrite = (written) => seen.push(written);
    ram.write(BIOS, Uint8Array.of(10));
    expect([seen, [...cpu.pages.hash(page)].join() === before.join(), ram.read(BIOS, 1)]).toEqual([
      [page],
      false,
      Uint8Array.of(10),
    ]);
  });

  it("moves video memory with its content, over RAM and back, code in it too", () => {
    const { cpu, video } = build();
    video.write(0, words([asm.li(2, 5), asm.store(2, 6, 0), asm.store(1, 7, 2, 4), asm.li(2, 6)]));
    const to = 0x8_0000;
    start(cpu, VIDEO, [
      [1, to],
      [6, VIDEO + 0x123_4567],
      [7, CONTROL],
    ]);
    step(cpu, 3);
    // It is gone from under the pc: nobody answers the fetch.
    step(cpu);
    expect([cpu.readState(toyState.cause), cpu.readState(toyState.trapPc)]).toEqual([3n, BigInt(VIDEO + 12)]);
    expect([video.read(0x123_4567, 1), cpu.physical.read(to, 4)]).toEqual([Uint8Array.of(5), words([asm.li(2, 5)])]);
    start(cpu, to + 12, []);
    step(cpu);
    expect(r(cpu, 2)).toBe(6n);
    expect(cpu.pages.count).toBe((2 * MB + 0x1_0000 + 32 * MB) / 4096);
  });

  it("shares a page with a device: accesses are told apart, and nothing is executed there", () => {
    const { cpu, log, registers, ram } = build();
    ram.write(0x5ffc, Uint8Array.of(1, 2, 3, 4));
    registers.moveTo(0x5000);
    cpu.physical.writeRam(
      0x100,
      words([asm.load(1, 7, 2, 0x10), asm.load(2, 7, 2, 0xffc), asm.store(3, 7, 1, 0xffc), asm.jump(7)]),
    );
    start(cpu, 0x100, [
      [7, 0x5000],
      [3, 0xbeef],
    ]);
    step(cpu, 3);
    expect([r(cpu, 1), r(cpu, 2), log]).toEqual([0x55n, 0x04030201n, ["read 16"]]);
    expect([ram.read(0x5ffc, 4), cpu.physical.read(0x5ffc, 4)]).toEqual([Uint8Array.of(0xef, 0xbe, 3, 4), undefined]);
    step(cpu, 2);
    expect(cpu.readState(toyState.cause)).toBe(3n);
  });

  it.each([1, 2, 3, 4])("is what the map says at each access, however the map has changed, seed %i", (seed) => {
    const { cpu, bus, ram, log } = build();
    let state = seed;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const [video, shadow, registers] = ["video", "shadow", "control"].map((name) =>
      bus.ranges.find((range) => range.name === name)!,
    );
    const { read, write } = readWrite(ram, BIOS);
    const places = [0x8_0000, BIOS - 0x1000, BIOS + 0x4000, HIGH + 0x8_0000, VIDEO];
    const changes = [
      () => video!.moveTo(below(4) ? places[below(5)] : undefined),
      () => registers!.moveTo(places[below(5)]! + 0x20 * below(12)),
      () => shadow!.answerBy({ ...(below(2) && { read: read! }), ...(below(2) && { write: write! }) }),
    ];
    /** What a load of up to 8 bytes gives, by the map; undefined: a bus error. */
    const expected = (address: number, bytes: number): bigint | undefined => {
      const memory = cpu.physical.read(address, bytes);
      if (memory) return memory.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
      if ((address % 4096) + bytes > 4096) return undefined;
      let value = 0n;
      for (let at = 0; at < bytes; at += 4) {
        const part = bus.read(address + at, Math.min(bytes - at, 4) as 1 | 2 | 4);
        if (part === undefined) return undefined;
        value |= BigInt(part) << BigInt(8 * at);
      }
      return value;
    };
    for (let round = 0; round < 300; round++) {
      if (below(3) === 0) changes[below(3)]!();
      const size = below(4);
      const near = registers!.base! - 8 + below(0x30);
      const at =
        below(3) === 0 ? near : places[below(5)]! + below(3) * 0x1000 + (below(2) ? 0xff0 + below(24) : 8 * below(64));
      // The program is where no map changes.
      cpu.physical.writeRam(0x100, words([asm.store(1, 7, size), asm.load(2, 7, size)]));
      start(cpu, 0x100, [
        [1, 2 ** 32 * below(2 ** 31) + below(2 ** 32)],
        [2, 0],
        [7, at],
      ]);
      // A store to the device would change the map as well.
      const toDevice = [at, at + 4].some((one) => {
        const found = bus.find("write", one);
        return found !== undefined && "device" in found.answer && found.answer.device !== nobody;
      });
      const stored = !toDevice && below(2) === 0;
      if (stored) step(cpu);
      else cpu.writeState(toyState.pc, 0x104n);
      if (stored && cpu.pc !== 0x104n) continue;
      const wanted = expected(at, 1 << size);
      step(cpu);
      const found = cpu.pc === 0x108n ? r(cpu, 2) : undefined;
      expect(found, `round ${round}: ${1 << size} bytes at ${at.toString(16)}`).toBe(wanted);
    }
    expect(log.length).toBeGreaterThan(0);
  });

  it("ends at 40 bits: no address beyond is an alias of one within", () => {
    const { cpu } = build();
    cpu.physical.writeRam(0x100, words([asm.load(1, 7, 2)]));
    for (const address of [2n ** 40n - 4n, ...[40n, 55n, 56n, 63n].map((bit) => 2n ** bit + 0x100n)]) {
      cpu.writeState(toyState.cause, 0n);
      start(cpu, 0x100, [[7, address]]);
      step(cpu);
      expect(cpu.readState(toyState.cause), `${address}`).toBe(3n);
    }
    for (const address of [-1, -4096, 2 ** 40, 2 ** 53, NaN, Infinity])
      expect(cpu.physical.read(address, 1)).toBeUndefined();
    expect(cpu.physical.read(MB - 0x2_0000, 2 ** 45)).toBeUndefined();
    expect(cpu.physical.writeRam(MB - 0x1_0000 - 2, new Uint8Array(4))).toBe(false);
  });
});

describe("the physical map", () => {
  it.each([1, 2, 3])("is what was set, page by page, at random, seed %i", (seed) => {
    const { cpu } = build();
    const model = new Map<string, number>();
    let state = seed;
    const below = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    // Three chunks at a border of 4 GB, and the last of all.
    const starts = [0xff_000, 0x100_000 - 10, 0x101_000, MAP_CHUNKS * MAP_CHUNK_PAGES - MAP_CHUNK_PAGES];
    for (const access of ACCESSES) for (const first of starts) cpu.map.set(access, first, MAP_CHUNK_PAGES, undefined);
    for (const access of ACCESSES) cpu.map.set(access, 0xfe_000, 0x4000, undefined);
    for (let change = 0; change < 400; change++) {
      const access = ACCESSES[below(2)]!;
      const from = starts[below(4)]!;
      const whole = below(3) === 0;
      const first = whole ? from - (from % MAP_CHUNK_PAGES) : from + below(MAP_CHUNK_PAGES - 20);
      const count = whole ? MAP_CHUNK_PAGES : 1 + below(20);
      const page = below(3) ? below(500_000) : undefined;
      cpu.map.set(access, first, count, page);
      for (let i = 0; i < count; i++) {
        if (page === undefined) model.delete(`${access} ${first + i}`);
        else model.set(`${access} ${first + i}`, page + i);
      }
      for (let probe = 0; probe < 40; probe++) {
        const at = probe < 4 ? first + [0, count - 1, -1, count][probe]! : starts[below(4)]! + below(MAP_CHUNK_PAGES);
        for (const one of ACCESSES) {
          const expected = at < MAP_CHUNKS * MAP_CHUNK_PAGES ? model.get(`${one} ${at}`) : undefined;
          expect(cpu.map.page(one, at), `${one} ${at}`).toBe(expected);
        }
      }
    }
  });

  // Regression of the design: a table per piece would run out under a guest that moves a BAR for ever.
  it("gives its tables back", () => {
    const { cpu } = build();
    for (let i = 0; i < 2000; i++) {
      cpu.map.set("read", 0x200_000 + i * MAP_CHUNK_PAGES, 3, 17);
      cpu.map.set("read", 0x200_000 + i * MAP_CHUNK_PAGES, 3, undefined);
    }
    cpu.map.set("write", 0x200_003, 2, 8);
    expect(cpu.map.page("write", 0x200_004)).toBe(9);
  });

  it("maps 3 GB in two ranges with a hole below 4 GB", () => {
    const cpu = new Cpu(
      new Engine(toy, module, [{ name: "ram", bytes: 3 * 2 ** 30 }], {
        mmioRead: () => undefined,
        mmioWrite: () => false,
        guest: {},
      }),
    );
    const { firstPage, bytes } = cpu.block("ram");
    const hole = 0xb000_0000;
    cpu.map.place(0, { firstPage, bytes: hole });
    cpu.map.place(HIGH, { firstPage: firstPage + hole / 4096, bytes: bytes - hole });
    const last = HIGH + bytes - hole - 4;
    cpu.physical.writeRam(0, words([asm.store(1, 7, 2), asm.load(2, 7, 2)]));
    start(cpu, 0, [
      [1, 0x1234],
      [7, last],
    ]);
    step(cpu, 2);
    expect([r(cpu, 2), cpu.block("ram").read(bytes - 4, 2)]).toEqual([0x1234n, Uint8Array.of(0x34, 0x12)]);
    expect([cpu.physical.read(hole, 1), cpu.physical.read(last + 4, 1)]).toEqual([undefined, undefined]);
  });
});
