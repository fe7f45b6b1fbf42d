import type { FileParts } from "./file-parts.ts";
import type { KernelSymbol } from "./table.ts";

/** A kernel's map has some megabytes. */
const LARGEST = 64 << 20;
const LINE = /^([0-9a-f]{8,16}) ([A-Za-z?]) (\S+)(?:\t.*)?$/;

/** A System.map, or what `nm` or /proc/kallsyms print: lines of an address, a letter and a name. Undefined for other files. */
export async function readSystemMap(file: FileParts): Promise<KernelSymbol[] | undefined> {
  if (file.size > LARGEST) return undefined;
  const first = new TextDecoder().decode(await file.read(0, 200)).split("\n")[0]!;
  if (!LINE.test(first.trimEnd())) return undefined;
  const symbols: KernelSymbol[] = [];
  for (const line of new TextDecoder().decode(await file.read(0, file.size)).split("\n")) {
    const [, address, type, name] = LINE.exec(line.trimEnd()) ?? [];
    if (address === undefined || /[aAuU]/.test(type!) || name!.startsWith("$")) continue;
    symbols.push({ name: name!, address: BigInt(`0x${address}`), type: type! });
  }
  return symbols;
}
