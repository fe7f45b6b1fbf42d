import { hex } from "../base/index.ts";
import type { CodeLine, InspectRequest, Inspection, RegisterView } from "../api/index.ts";
import type { SymbolTable } from "../debug/index.ts";
import { addressFrom, instructionAt, type Machine, type ReadCode } from "../machine/index.ts";

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
    syntaxes: debug.syntaxes ?? [],
    code: code(machine, symbols, request),
    memory: {
      address: memoryAddress,
      bytes: readAsFarAsMapped(machine, memoryAddress, request.memoryBytes),
      symbol: symbols?.describe(memoryAddress),
    },
    stack: [
      { address: pc, symbol: symbols?.describe(pc) },
      ...callers(machine, functionStart).map((frame) => ({ ...frame, symbol: symbols?.describeReturn(frame.address) })),
    ],
  };
}

const MOST_FRAMES = 40;
/** Stale ones among them. */
const MOST_GUESSES = 80;

/** Where no frames are, what may be return addresses. */
function callers({ debug }: Machine, functionStart: bigint | undefined): { address: bigint; guessed?: true }[] {
  const framed = debug.backtrace(MOST_FRAMES, functionStart);
  if (framed.length > 0 || !debug.possibleReturns) return framed.map((address) => ({ address }));
  return debug.possibleReturns(MOST_GUESSES).map((address) => ({ address, guessed: true }));
}

/** Most significant digit first. */
export function hexValue(littleEndian: Uint8Array): string {
  return hex(littleEndian.slice().reverse());
}

function code(
  machine: Machine,
  symbols: SymbolTable | undefined,
  { codeAddress = machine.pc, codeScroll, codeLines, syntax: wanted }: InspectRequest,
): CodeLine[] {
  const { debug } = machine;
  const syntax = debug.syntaxes?.find((name) => name === wanted);
  const read: ReadCode = (at, length) => machine.readVirtual(at, length);
  const from = (address: bigint, count: number): bigint => {
    const here = symbols?.at(address);
    return addressFrom(debug, address, count, read, here && address - BigInt(here.offset));
  };
  const centre = codeScroll === 0 ? codeAddress : from(codeAddress, codeScroll);
  const result: CodeLine[] = [];
  let lastSymbol: string | undefined;
  let address = from(centre, -Math.floor(codeLines / 3));
  while (result.length < codeLines) {
    const found = instructionAt(debug, address, read, syntax);
    const name = symbols?.at(address)?.name;
    result.push({
      address,
      bytes: found === undefined ? "" : hexValue(found.bytes),
      mnemonic: found?.mnemonic ?? "(unmapped)",
      operands: found?.text.slice(found.mnemonic.length).trimStart() ?? "",
      symbol: name === lastSymbol ? undefined : symbols?.describe(address),
      comment: found?.target === undefined ? undefined : symbols?.describe(found.target),
    });
    lastSymbol = name;
    address = BigInt.asUintN(64, address + BigInt(found?.length ?? debug.instructionBytes.shortest));
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
