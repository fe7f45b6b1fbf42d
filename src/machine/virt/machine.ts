import type { Bus, FlashCells, MemoryBlock, TimerRegister } from "../../hardware/index.ts";
import { A64Debug, arm64, countersDue, isImage, reset, state } from "../../isa/arm64/index.ts";
import type { BoardParts, BoardType } from "../board-type.ts";
import { EmulatedMachine } from "../emulated-machine.ts";
import { type VirtConfiguration, virtConfiguration, virtCpus, virtOptions } from "./configuration.ts";
import { SEED_BYTES } from "./device-tree.ts";
import { dumpTree } from "./guest-tree.ts";
import { memoryMap } from "./memory-map.ts";
import { hasFlash, VirtBoard } from "./virt.ts";

const banks = ["flash.0", "flash.1"] as const;

/** Above the chip, which answers what they do not: all writes, and all reads while they are hidden. */
function flashCells(bus: Bus, block: MemoryBlock, base: number): FlashCells {
  const read = { block };
  const cells = bus.add({ name: block.name, base, size: block.bytes, priority: 1, read });
  return {
    read: (offset, length) => block.read(offset, length),
    write: (offset, bytes) => block.write(offset, bytes),
    show: (shown) => cells.answerBy(shown ? { read } : {}),
  };
}

function create({
  configuration,
  images,
  interpreter,
  door,
  translation,
}: BoardParts<VirtConfiguration>): EmulatedMachine {
  let board: VirtBoard;
  const guestHost = (machine: EmulatedMachine) => ({
    timerRead: (register: TimerRegister): bigint => BigInt.asIntN(64, board.timer.read(register)),
    timerWrite: (register: TimerRegister, value: bigint): void =>
      board.timer.write(register, BigInt.asUintN(64, value)),
    countersChanged: (level: number, cycles: bigint, instructions: bigint): void => {
      const left = (count: bigint): number | undefined => (count < 0n ? undefined : Number(count));
      board.pmu.changed(level !== 0, left(cycles), left(instructions));
    },
    instructionNs: (): bigint => BigInt(2 ** configuration.shift),
    interruptLine: (): number => (machine.cpu.interruptLine ? 1 : 0),
    hypercall: (): number => {
      const outcome = board.hypercall({
        readX: (n) => machine.cpu.readState(state.x, n),
        writeX: (n, value) => machine.cpu.writeState(state.x, value, n),
      });
      if (outcome !== "return") machine.request(outcome);
      return 1;
    },
  });
  return new EmulatedMachine({
    configuration,
    guest: arm64,
    interpreter,
    memory: [
      { name: "ram", bytes: configuration.ramBytes },
      ...(hasFlash(configuration, images) ? banks.map((name) => ({ name, bytes: memoryMap.flash.size })) : []),
    ],
    door,
    translation,
    board: (machine) => {
      const { cpu, clock } = machine;
      board = new VirtBoard({
        configuration,
        images,
        clock,
        memory: {
          read: (address, length) => cpu.physical.readRam(address, length),
          write: (address, bytes) => cpu.physical.writeRam(address, bytes),
        },
        flash: (bank, bus) =>
          flashCells(bus, cpu.block(banks[bank]!), memoryMap.flash.base + bank * memoryMap.flash.size),
        irq: { set: (level) => (cpu.interruptLine = level) },
        countersDue: () => void cpu.callRoutine(countersDue),
        reset: () => machine.request("reset"),
        send: (port, bytes) => machine.onOutput?.(port, bytes, cpu.position),
      });
      board.bus.mapMemory(memoryMap.ram.base, cpu.block("ram"));
      return {
        bus: board.bus,
        devices: board.devices,
        ports: board.ports,
        powerOn: (door, position, cold, write) => {
          reset(write);
          const { pc } = board.powerOn(door, position, cold);
          write(state.pc, pc);
        },
      };
    },
    guestHost,
    debug: (machine) => {
      const host = guestHost(machine) as Record<string, (...args: (number | bigint)[]) => number | bigint | void>;
      return new A64Debug({
        read: (field, index) => machine.cpu.readState(field, index),
        write: (field, value, index) => machine.cpu.writeState(field, value, index),
        readVirtual: (address, length) => machine.readVirtual(address, length),
        readPhysical: (address, length) => machine.readPhysical(address, length),
        translate: (address) => machine.cpu.translate(address),
        // As WebAssembly would call it.
        host: (name, ...args) =>
          host[name]!(
            ...arm64.host[name]!.params.map((type, i) =>
              type === "i32" ? Number(BigInt.asIntN(32, args[i]!)) : BigInt.asIntN(64, args[i]!),
            ),
          ),
        position: () => machine.position,
        nowNs: () => machine.nowNs,
      });
    },
  });
}

/** QEMU's `virt` with one cortex-a53. */
export const virt: BoardType<VirtConfiguration> = {
  name: "virt",
  description: "the board of QEMU's virt machine",
  guest: arm64,
  systems: { aarch64: "cortex-a53" },
  cpus: virtCpus,
  configuration: virtConfiguration,
  images: {
    kernel: "an arm64 Image, plain or gzip, or an ELF file",
    initrd: "the initial RAM disk",
    dtb: "a device tree in place of the board's",
    firmware: "firmware",
  },
  isKernel: isImage,
  console: "ttyAMA0",
  ports: ["serial0"],
  options: virtOptions,
  create,
  deviceTree: { seedBytes: SEED_BYTES, dump: dumpTree },
};
