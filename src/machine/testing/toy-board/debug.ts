import { toyState } from "../../../engine/testing/toy-guest.ts";
import { Decoder, type StateField } from "../../../isa/index.ts";
import type { EmulatedMachine } from "../../emulated-machine.ts";
import type { GuestDebug, RegisterInfo } from "../../guest-debug.ts";
import { vectoredToy } from "./guest.ts";

/** A register's parts in the state, the least significant first. */
interface Register extends RegisterInfo {
  readonly parts: readonly (readonly [field: StateField, index: number, bytes: number])[];
}

const PC = 8;
const registers: readonly Register[] = [
  ...Array.from({ length: 8 }, (_, n) => register(n, `r${n}`, [toyState.r, n, 8])),
  register(PC, "pc", [toyState.pc, 0, 8]),
  register(9, "cause", [toyState.cause, 0, 2]),
  register(10, "enabled", [toyState.enabled, 0, 1]),
  // As wide as an x87 register.
  register(11, "wide", [toyState.r, 5, 8], [toyState.r, 6, 2]),
];

function register(number: number, name: string, ...parts: Register["parts"]): Register {
  const bits = 8 * parts.reduce((sum, [, , bytes]) => sum + bytes, 0);
  return { name, number, bits, group: "general", parts };
}

const decoder = new Decoder(vectoredToy.instructions);

/** The toy CPU as debuggers see it; its watchpoints stop behind the access. */
export function toyDebug({ cpu }: EmulatedMachine): GuestDebug & { writeRegister(n: number, bytes: Uint8Array): void } {
  return {
    targetDescription: new Map([["target.xml", "<target/>"]]),
    registers,
    systemRegisters: [],
    pcRegister: PC,
    spRegister: 0,
    instructionBytes: { shortest: 4, longest: 4 },
    watchpoints: "after",
    readRegister: (number) =>
      Uint8Array.from(
        registers[number]!.parts.flatMap(([field, index, bytes]) => {
          const value = cpu.readState(field, index);
          return Array.from({ length: bytes }, (_, byte) => Number((value >> BigInt(8 * byte)) & 0xffn));
        }),
      ),
    writeRegister(number, written) {
      let at = 0;
      for (const [field, index, bytes] of registers[number]!.parts) {
        const part = written.subarray(at, (at += bytes));
        const kept = (cpu.readState(field, index) >> BigInt(8 * bytes)) << BigInt(8 * bytes);
        cpu.writeState(field, kept | part.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n), index);
      }
    },
    translate: (address) => cpu.translate(address),
    disassemble: (address, bytes) => {
      const word = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
      const text = decoder.disassemble(word, address);
      return { text, mnemonic: text.split(" ", 1)[0]!, length: 4 };
    },
    privilege: () => "",
    describeRegisters: () => registers.map(({ name }) => name).join(" "),
    backtrace: () => [],
  };
}
