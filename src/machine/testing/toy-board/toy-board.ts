import * as v from "valibot";
import { toyState } from "../../../engine/testing/toy-guest.ts";
import type { Disposable } from "../../../base/index.ts";
import { Bus, nobody, PORTS, readWrite } from "../../../hardware/index.ts";
import type { BoardParts, BoardType } from "../../board-type.ts";
import { boards } from "../../boards.ts";
import { commonConfiguration, count } from "../../configuration.ts";
import { EmulatedMachine } from "../../emulated-machine.ts";
import { Alarm } from "./alarm.ts";
import { Bell } from "./bell.ts";
import { toyDebug } from "./debug.ts";
import { vectoredToy } from "./guest.ts";
import { Nvram } from "./nvram.ts";
import { Vectors } from "./vectors.ts";
import { Windows } from "./windows.ts";

/** Where everything is: two ranges of RAM, the lower under a ROM and devices; physical addresses. */
export const toyMap = {
  low: { base: 0, bytes: 0x1_0000 },
  /** Where an image is put, traps go, and the program starts. */
  image: 0x800,
  program: 0x1000,
  devices: { vectors: 0x8000, windows: 0x8100, alarm: 0x8200, bell: 0x8300 },
  /** Its first port. */
  nvram: 0x70,
  rom: { base: 0xf000, bytes: 0x1000 },
  high: { base: 0x1_0000_0000 },
  /** Where the BAR is after power-on: nowhere. r6 has this address. */
  video: { suggested: 0xe000_0000, bytes: 0x2000 },
} as const;

const toyLine = { alarm: 1, bell: 2 } as const;

const RAM_UNIT = 0x1_0000;

/** Beside what all machines have, where the program starts. */
const configuration = v.strictObject({
  ...commonConfiguration.entries,
  board: v.literal("toy"),
  cpu: v.literal("toy"),
  ramBytes: v.pipe(
    count,
    v.check((bytes) => bytes >= 2 * RAM_UNIT && bytes <= 2 ** 24 && bytes % RAM_UNIT === 0, "RAM of another size"),
  ),
  startsInRom: v.boolean(),
});
export type ToyConfiguration = v.InferOutput<typeof configuration>;

function create({
  configuration,
  images,
  interpreter,
  door,
  translation,
}: BoardParts<ToyConfiguration>): EmulatedMachine {
  let vectors: Vectors;
  return new EmulatedMachine({
    configuration,
    guest: vectoredToy,
    interpreter,
    memory: [
      { name: "low", bytes: toyMap.low.bytes },
      { name: "high", bytes: configuration.ramBytes - toyMap.low.bytes },
      { name: "rom", bytes: toyMap.rom.bytes },
      { name: "video", bytes: toyMap.video.bytes },
    ],
    door,
    translation,
    board: (machine) => {
      const { cpu, clock } = machine;
      const bus = new Bus();
      const [low, high] = [cpu.block("low"), cpu.block("high")];
      const [cells, pixels] = [cpu.block("rom"), cpu.block("video")];
      bus.mapMemory(toyMap.low.base, low);
      bus.mapMemory(toyMap.high.base, high);
      const rom = bus.add({
        ...{ name: "rom", base: toyMap.rom.base, size: toyMap.rom.bytes, priority: 1 },
        ...{ read: { block: cells }, write: { device: nobody } },
      });
      const video = bus.add({ name: "video", size: toyMap.video.bytes, priority: 1, ...readWrite(pixels) });

      vectors = new Vectors({ set: (level) => (cpu.interruptLine = level) });
      const windows = new Windows(rom, cells, video);
      const alarm = new Alarm(clock, vectors.input(toyLine.alarm));
      const bell = new Bell(vectors.input(toyLine.bell), (bytes) => machine.onOutput?.(0, bytes, cpu.position));
      for (const [name, device] of Object.entries({ vectors, windows, alarm, bell })) {
        const base = toyMap.devices[name as keyof typeof toyMap.devices];
        bus.add({ name, base, size: 0x100, priority: 2, read: { device }, write: { device } });
      }
      const nvram = new Nvram();
      const portBus = new Bus(PORTS);
      portBus.map(toyMap.nvram, 2, nvram);
      const devices = [vectors, windows, alarm, bell, nvram];
      return {
        bus,
        portBus,
        devices,
        ports: [bell],
        vectors,
        powerOn(_door, _position, _cold, write) {
          for (const device of devices) device.reset();
          low.write(toyMap.image, images["kernel"] ?? new Uint8Array());
          cells.write(0, images["firmware"] ?? new Uint8Array());
          write(toyState.pc, BigInt(configuration.startsInRom ? toyMap.rom.base : toyMap.program));
          write(toyState.r, BigInt(toyMap.high.base), 7);
          write(toyState.r, BigInt(toyMap.video.suggested), 6);
          write(toyState.r, 1n, 5);
        },
      };
    },
    guestHost: () => ({}),
    debug: toyDebug,
  });
}

/**
 * A machine that has what no other board here has: RAM in two ranges, a ROM that RAM shadows, video memory behind a BAR that
 * moves, a device behind ports, an interrupt controller that gives vectors. Proof that a board is a folder of its own.
 */
const toyBoard: BoardType<ToyConfiguration> = {
  name: "toy",
  description: "a board for tests",
  guest: vectoredToy,
  systems: { toy: "toy" },
  cpus: { toy: {} },
  configuration,
  images: { kernel: "what lies at 0x800", firmware: "the ROM" },
  isKernel: () => false,
  console: "toy0",
  ports: ["bell0"],
  options: { settings: {}, absent: [] },
  create,
};

export const registerToyBoard = (): Disposable => boards.register(toyBoard);
