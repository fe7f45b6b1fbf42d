import { Cpu, Engine } from "../../src/engine/index.ts";
import { arm64, reset, state } from "../../src/isa/arm64/index.ts";
import { memory } from "./layout.ts";
import type { Runner } from "./run.ts";

const ramBase = 0x40000000;
const ramBytes = 0x4000000;
/** Steps after which a program has gone astray. */
const limit = 2e9;

/**
 * Runs a bare-metal program on our CPU alone, with RAM and no devices, until it makes a hypercall.
 * @param longest steps of a run
 */
export function runOnOurs(interpreter: WebAssembly.Module, longest = limit): Runner {
  return (elf, part) => {
    let off = false;
    const cpu: Cpu = new Cpu(
      new Engine(arm64, interpreter, [{ name: "ram", bytes: ramBytes }], {
        mmioRead: () => undefined,
        mmioWrite: () => false,
        guest: {
          timerRead: () => 0n,
          timerWrite: () => {},
          countersChanged: () => {},
          instructionNs: () => 1n,
          interruptLine: () => 0,
          hypercall: () => {
            off = true;
            cpu.leaveAfterStep();
            return 1;
          },
        },
      }),
    );
    cpu.map.place(ramBase, cpu.block("ram"));
    reset((field, value, index) => cpu.writeState(field, value, index));
    cpu.writeState(state.pc, BigInt(memory.code));
    cpu.stateChanged();
    load(cpu, elf);
    while (!off) {
      if (cpu.position > limit) throw new Error(`the program does not end; pc ${cpu.pc.toString(16)}`);
      cpu.run(cpu.position + longest);
    }
    return cpu.physical.readRam(part.address, part.length)!;
  };
}

/** The loadable segments of an ELF file into RAM. */
function load(cpu: Cpu, elf: Uint8Array): void {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const count = view.getUint16(56, true);
  for (let header = 64; header < 64 + 56 * count; header += 56) {
    const [offset, , address, size] = [8, 16, 24, 32].map((at) => Number(view.getBigUint64(header + at, true)));
    cpu.physical.writeRam(address!, elf.subarray(offset, offset! + size!));
  }
}
