import type { TranslationService } from "../../engine/index.ts";
import type { Door, TimerRegister } from "../../hardware/index.ts";
import { A64Debug, arm64, countersDue, reset, state } from "../../isa/arm64/index.ts";
import { EmulatedMachine } from "../emulated-machine.ts";
import type { Images, MachineConfiguration } from "../machine.ts";
import { checkConfiguration } from "./configuration.ts";
import { memoryMap } from "./memory-map.ts";
import { hasFlash, VirtBoard } from "./virt.ts";

export interface VirtMachineOptions {
  readonly configuration: MachineConfiguration;
  readonly images: Images;
  /** The compiled interpreter of arm64 (build/interpreter-arm64.wasm). */
  readonly interpreter: WebAssembly.Module;
  /** Needed by those that run the machine themselves: a session hands in its own before anything runs. */
  readonly door?: Door;
  /** The translator of arm64 (translator.ts), usually in a worker of its own. Without one, all code is interpreted. */
  readonly translation?: TranslationService;
}

const closed: Door = {
  entropy: (_position, length) => new Uint8Array(length),
  realTime: () => 0,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: () => ({ kind: "wait" }),
};

/** QEMU's `virt` with one cortex-a53, at power-on. Throws UserError for what cannot be built or booted. */
export function createVirtMachine({
  configuration,
  images,
  interpreter,
  door = closed,
  translation,
}: VirtMachineOptions): EmulatedMachine {
  checkConfiguration(configuration);
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
    ramBase: memoryMap.ram.base,
    rom: hasFlash(configuration, images) ? { base: memoryMap.flash.base, banks: memoryMap.flash.count } : undefined,
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
        flash: (bank) => ({
          read: (offset, length) =>
            cpu.physical.read(memoryMap.flash.base + bank * memoryMap.flash.size + offset, length)!,
          write: (offset, bytes) => cpu.physical.writeRom(bank * memoryMap.flash.size + offset, bytes),
          show: (shown) => cpu.hideRom(bank, !shown),
        }),
        irq: { set: (level) => (cpu.interruptLine = level) },
        countersDue: () => void cpu.callRoutine(countersDue),
        send: (port, bytes) => machine.onOutput?.(port, bytes, cpu.position),
      });
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
