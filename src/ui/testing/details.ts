import type { CodeLine, InspectRequest, Inspection } from "../../api/index.ts";
import { symbols } from "./script.ts";

export function symbolAt(address: bigint): string | undefined {
  const found = symbols.findLast(([start]) => start <= address);
  if (found === undefined) return undefined;
  const offset = address - found[0];
  return offset === 0n ? found[1] : `${found[1]}+0x${offset.toString(16)}`;
}

function codeLine(address: bigint): CodeLine {
  const hash = Number((address * 2654435761n) & 0xffffffffn);
  const r = (n: number): string => `x${(hash >> n) & 15}`;
  const target = symbols[hash % symbols.length]!;
  const table = [
    { mnemonic: "add", operands: `${r(1)}, ${r(5)}, #0x${(hash & 0xff).toString(16)}` },
    { mnemonic: "ldr", operands: `${r(2)}, [${r(7)}, #${(hash & 31) * 8}]` },
    { mnemonic: "stp", operands: `x29, x30, [sp, #-${(1 + (hash & 7)) * 16}]!` },
    { mnemonic: "mov", operands: `${r(3)}, ${r(9)}` },
    { mnemonic: "bl", operands: `0x${target[0].toString(16)}`, comment: target[1] },
    { mnemonic: "cbz", operands: `${r(4)}, 0x${(address + 32n).toString(16)}`, comment: symbolAt(address + 32n) },
    { mnemonic: "str", operands: `${r(6)}, [sp, #${(hash & 15) * 8}]` },
  ];
  const { mnemonic, operands, comment } = { comment: undefined, ...table[hash % table.length]! };
  const starts = symbols.some(([start]) => start === address);
  return {
    address,
    bytes: hash.toString(16).padStart(8, "0"),
    mnemonic,
    operands,
    comment,
    symbol: starts ? symbolAt(address) : undefined,
  };
}

export function madeUpInspection(
  position: number,
  pc: bigint,
  request: InspectRequest,
  syntaxes: readonly string[],
): Inspection {
  const value = (i: number): string =>
    (i % 3 === 0 ? BigInt(i * 7) : 0xffff800000000000n + BigInt(i) * 0x1357n + BigInt(Math.floor(position / (i + 1))))
      .toString(16)
      .padStart(16, "0");
  const first =
    (request.codeAddress ?? pc) + BigInt(request.codeScroll * 4) - BigInt(Math.floor(request.codeLines / 3) * 4);
  const code = Array.from({ length: request.codeLines }, (_, i) => codeLine(first + BigInt(i * 4)));
  if (request.syntax !== undefined && request.syntax === syntaxes[1])
    for (const [i, line] of code.entries()) {
      const { mnemonic, operands } = line;
      code[i] = { ...line, mnemonic: mnemonic.toUpperCase(), operands: operands.toUpperCase() };
    }
  if (code[0] !== undefined) code[0] = { ...code[0], symbol: symbolAt(first) };
  const address = request.memoryAddress ?? 0xffff800009391520n;
  return {
    position,
    pc,
    registers: [
      ...Array.from({ length: 31 }, (_, i) => ({ name: `x${i}`, value: value(i), group: "general" as const })),
      { name: "sp", value: value(40), group: "general" },
      { name: "pc", value: pc.toString(16).padStart(16, "0"), group: "general" },
      { name: "cpsr", value: "600003c5", group: "general" },
      ...Array.from({ length: 32 }, (_, i) => ({ name: `v${i}`, value: "0".repeat(32), group: "float" as const })),
      { name: "fpsr", value: "00000000", group: "float" },
    ],
    syntaxes,
    code,
    memory: {
      address,
      symbol: symbolAt(address),
      bytes: Uint8Array.from(
        { length: request.memoryBytes },
        (_, i) => (Number((address + BigInt(i)) & 0xffn) * 31 + position) & 0xff,
      ),
    },
    stack: symbols.slice(2, 8).map(([start]) => ({ address: start + 0x44n, symbol: symbolAt(start + 0x44n) })),
  };
}
