import { hex } from "../base/index.ts";
import type { CodeLine, InspectRequest, Inspection, RegisterView } from "../api/index.ts";
import type { SymbolTable } from "../debug/index.ts";
import type { Machine } from "../machine/index.ts";

/** Everything that the panels show of one instant. Reads only; never touches a device. */
export function inspect(machine: Machine, symbols: SymbolTable | undefined, request: InspectRequest): Inspection {
  const { debug, pc } = machine;
  const registers = debug.registers.map((register): RegisterView => {
    const value = hexValue(debug.readRegister(register.number));
    return { name: register.name, value, group: register.group };
  });
  const here = symbols?.at(pc);
  const functionStart = here && pc - BigInt(here.offset);
  const memoryAddress = request.memoryAddress ?? BigInt(`0x${hexValue(debug.readRegister(debug.spRegister))}`);
  return {
    position: machine.position,
    pc,
    registers,
    code: code(machine, symbols, request.codeAddress ?? pc, request.codeLines),
    memory: {
      address: memoryAddress,
      bytes: readAsFarAsMapped(machine, memoryAddress, request.memoryBytes),
      symbol: symbols?.describe(memoryAddress),
    },
    stack: [
      { address: pc, symbol: symbols?.describe(pc) },
      ...debug.backtrace(40, functionStart).map((address) => ({ address, symbol: symbols?.describeReturn(address) })),
    ],
  };
}

/** Most significant digit first. */
export function hexValue(littleEndian: Uint8Array): string {
  return hex(littleEndian.slice().reverse());
}

function code(machine: Machine, symbols: SymbolTable | undefined, centre: bigint, lines: number): CodeLine[] {
  const { debug } = machine;
  const unit = debug.instructionBytes;
  const before = Math.floor(lines / 3);
  const result: CodeLine[] = [];
  let lastSymbol: string | undefined;
  let address = BigInt.asUintN(64, centre - BigInt(before * unit));
  while (result.length < lines) {
    const bytes = machine.readVirtual(address, unit);
    const { text, length } = bytes === undefined ? { text: "", length: unit } : debug.disassemble(address, bytes);
    const name = symbols?.at(address)?.name;
    const target = /0x([0-9a-f]{5,16})$/.exec(text)?.[1];
    result.push({
      address,
      bytes: bytes === undefined ? "" : hexValue(bytes),
      text: bytes === undefined ? "(unmapped)" : text,
      symbol: name === lastSymbol ? undefined : symbols?.describe(address),
      comment: target === undefined ? undefined : symbols?.describe(BigInt(`0x${target}`)),
    });
    lastSymbol = name;
    address = BigInt.asUintN(64, address + BigInt(length));
  }
  return result;
}

function readAsFarAsMapped(machine: Machine, address: bigint, length: number): Uint8Array | undefined {
  for (let size = length; size >= 16; size = Math.floor(size / 2)) {
    const bytes = machine.readVirtual(address, size);
    // A copy: the machine may hand out a view of its RAM.
    if (bytes !== undefined) return bytes.slice();
  }
  return undefined;
}
