import type { Door } from "../../src/hardware/index.ts";
import type { EmulatedMachine } from "../../src/machine/index.ts";
import { newState, type RegisterSet } from "./registers.ts";

/** No input, no entropy, the same real time as the reference: nothing that two runs could see differently. */
export const silence: Door = {
  entropy: (_, length) => new Uint8Array(length),
  realTime: () => Date.UTC(2000, 0, 1) / 1000,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: () => ({ kind: "deadline" }),
};

/** Our half. */
export abstract class Ours {
  abstract readonly machine: EmulatedMachine;
  abstract readonly registers: RegisterSet;
  /** A device tree in RAM at power-on, and the room that the boot loader gives it; undefined: there is none. */
  tree: { readonly address: number; readonly room: number; readonly bytes: Uint8Array } | undefined;

  get position(): number {
    return this.machine.position;
  }

  /** The reference's boot loader writes its own answers into the tree: ours gets the same bytes. */
  takeTree(bytes: Uint8Array): void {
    this.machine.cpu.physical.writeRam(this.tree!.address, bytes);
  }

  /** False when the machine has stopped for good. */
  abstract runTo(position: number): boolean;

  step(): boolean {
    return this.runTo(this.position + 1);
  }

  newState(): BigUint64Array<ArrayBuffer> {
    return newState(this.registers);
  }
  abstract read(into?: BigUint64Array): BigUint64Array;

  /** The register that an instruction (by its address) reads the time into, if it is one that does. */
  timeReadBy?(address: bigint): number | undefined;
  setRegister?(register: number, value: bigint): void;

  /** An instruction's bytes, in hexadecimal, and its text. */
  abstract instruction(address: bigint): { readonly bytes: string; readonly text: string };
}
