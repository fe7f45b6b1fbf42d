import { initialise, reset, state, x86, X86Debug } from "../../isa/x86/index.ts";
import type { BoardParts, BoardType } from "../board-type.ts";
import { EmulatedMachine } from "../emulated-machine.ts";
import { type PcConfiguration, pcConfiguration, pcOptions } from "./configuration.ts";
import { pcCpus } from "./cpus.ts";
import { bootRomOf } from "./firmware/kernel.ts";
import { isPcFirmware, isPcKernel } from "./kernel.ts";
import { memoryMap } from "./memory-map.ts";
import { PcBoard } from "./pc.ts";
import { checkRoms } from "./roms.ts";

/** The CPU has shut down: by a triple fault, or since the machine is suspended. */
const SHUT_DOWN = 2n;

function create({
  configuration,
  images,
  interpreter,
  door,
  translation,
}: BoardParts<PcConfiguration>): EmulatedMachine {
  let board: PcBoard;
  checkRoms(images, configuration.vga !== false);
  return new EmulatedMachine({
    configuration,
    guest: x86,
    interpreter,
    memory: [
      { name: "ram", bytes: configuration.ramBytes },
      { name: "bios", bytes: images["firmware"]!.length },
      { name: "option-roms", bytes: memoryMap.optionRoms.size },
      ...(configuration.vga === false
        ? []
        : [
            { name: "vram", bytes: memoryMap.videoMemory },
            { name: "vga-rom", bytes: memoryMap.videoRom },
          ]),
    ],
    door,
    translation,
    board: (machine) => {
      const { cpu, clock } = machine;
      board = new PcBoard({
        configuration,
        images,
        clock,
        memory: {
          read: (address, length) => cpu.physical.readRam(address, length),
          write: (address, bytes) => cpu.physical.writeRam(address, bytes),
        },
        block: (name) => cpu.block(name),
        intr: { set: (level) => (cpu.interruptLine = level && !board.suspended) },
        stop: () => {
          cpu.writeState(state.halted, SHUT_DOWN);
          cpu.interruptLine = false;
          cpu.leaveAfterStep();
        },
        a20: {
          set: (level) => {
            cpu.writeState(state.a20, level ? 1n : 0n);
            cpu.stateChanged();
            cpu.leaveAfterStep();
          },
        },
        request: (request) => machine.request(request),
        send: (port, bytes) => machine.onOutput?.(port, bytes, cpu.position),
      });
      return {
        bus: board.bus,
        portBus: board.portBus,
        devices: board.devices,
        ports: board.ports,
        reports: board.reports,
        exitCode: () => board.exitCode,
        suspended: () => board.suspended,
        wakeUp: () => board.wakeUp(),
        initialise: (write) => {
          initialise(write, configuration.cpu);
          board.floatingPointErrorEnds();
        },
        whileWaiting: () => (cpu.readState(state.halted) === SHUT_DOWN && !board.suspended ? "reset" : undefined),
        powerOn: (door, position, cold, write) => {
          reset(write, configuration.cpu);
          board.powerOn(door, position, cold);
        },
      };
    },
    guestHost: () => ({
      interruptRequest: (nmiBlocked: number) => board.apic.request(nmiBlocked !== 0),
      acknowledgeInterrupt: (isNmi: number) => board.apic.acknowledge(isNmi !== 0),
      taskPriority: () => board.apic.taskPriority,
      setTaskPriority: (priority: number) => void (board.apic.taskPriority = priority),
      apicBase: () => BigInt(board.apic.base),
      // FERR#
      floatingPointError: () => board.floatingPointError(),
      floatingPointErrorEnds: () => board.floatingPointErrorEnds(),
      setApicBase: (base: bigint) => void (board.apic.base = Number(BigInt.asUintN(52, base))),
    }),
    debug: (machine) =>
      new X86Debug(
        {
          read: (field, index) => machine.cpu.readState(field, index),
          write: (field, value, index) => machine.cpu.writeState(field, value, index),
          readVirtual: (address, length) => machine.readVirtual(address, length),
          readPhysical: (address, length) => machine.readPhysical(address, length),
          translate: (address) => machine.cpu.translate(address),
          host: (name, value) => {
            if (name === "taskPriority") return BigInt(board.apic.taskPriority);
            if (name === "setTaskPriority") board.apic.taskPriority = Number(value);
            return 0n;
          },
          position: () => machine.position,
          nowNs: () => machine.nowNs,
        },
        configuration.cpu === "qemu64" ? "x86_64" : "i386",
      ),
  });
}

/** QEMU's `pc` with one qemu64. */
export const pc: BoardType<PcConfiguration> = {
  name: "pc",
  description: "the board of QEMU's pc machine",
  guest: x86,
  systems: { x86_64: "qemu64", i386: "qemu32" },
  isDefault: true,
  aliases: ["pc-i440fx-7.2"],
  cpus: pcCpus,
  configuration: pcConfiguration,
  images: {
    kernel: "a bzImage, a Multiboot kernel, or an ELF kernel with a PVH note",
    initrd: "the initial RAM disk; of a Multiboot kernel modules: 'FILE ARGUMENTS,FILE'",
    firmware: "the BIOS",
    vgarom: "the BIOS of the graphics card",
    bootrom: "the option ROM that boots a kernel",
    splash: "the picture that firmware shows",
  },
  isKernel: isPcKernel,
  isFirmware: isPcFirmware,
  takesModules: (kernel) => bootRomOf(kernel) === "multiboot_dma.bin",
  console: "ttyS0",
  ports: ["serial0", "serial1", "serial2", "serial3", "debugcon"],
  options: pcOptions,
  defaultImages: ({ vga }, { bootrom, firmware, kernel, vgarom }) => ({
    ...(!firmware && { firmware: "bios-256k.bin" }),
    ...(vga !== false && !vgarom && { vgarom: "vgabios-stdvga.bin" }),
    ...(kernel && !bootrom && { bootrom: bootRomOf(kernel) }),
  }),
  create,
};
