import { hexDigits, UserError } from "../../base/index.ts";
import { type GuestDebug, instructionAt, type ListedInstruction, type ReadCode } from "../../machine/index.ts";

export interface Format {
  readonly count: number;
  readonly kind: "x" | "d" | "u" | "o" | "c" | "i";
  /** Bytes of one item; for "i" unused. */
  readonly size: 1 | 2 | 4 | 8;
}

const sizes = { b: 1, h: 2, w: 4, g: 8 } as const;
const LARGEST_COUNT = 65_536;

/** "16xg", "4i", "": count, format and size, in any order of the letters. */
export function parseFormat(text: string): Format {
  const match = /^(\d*)([a-z]*)$/.exec(text);
  let kind: Format["kind"] = "x";
  let size: Format["size"] | undefined;
  for (const letter of match?.[2] ?? "?") {
    if (letter in sizes) size = sizes[letter as keyof typeof sizes];
    else if ("xduoci".includes(letter)) kind = letter as Format["kind"];
    else throw new UserError(`'/${text}' is not a format: a count, x d u o c or i, and b h w or g`);
  }
  const count = Number(match![1] || "1");
  if (count < 1 || count > LARGEST_COUNT) throw new UserError(`a count is 1 to ${LARGEST_COUNT}`);
  return { count, kind, size: size ?? (kind === "c" ? 1 : 4) };
}

/** "changes": a device's register that is not read, because that would change the machine. */
type Read = (address: bigint, length: number) => Uint8Array | "changes" | undefined;

/** `syntax`: of instructions; undefined: the usual one. */
export function formatMemory(
  format: Format,
  start: bigint,
  debug: GuestDebug,
  read: Read,
  syntax: string | undefined,
): string {
  return format.kind === "i" ? instructions(format.count, start, debug, read, syntax) : values(format, start, read);
}

function instructions(count: number, start: bigint, debug: GuestDebug, read: Read, syntax?: string): string {
  const readCode: ReadCode = (at, length) => {
    const bytes = read(at, length);
    return bytes === "changes" ? undefined : bytes;
  };
  let text = "";
  let address = start;
  for (let i = 0; i < count; i++) {
    const found = instructionAt(debug, address, readCode, syntax);
    if (!found) return text + `0x${hexDigits(address, 8)}:  Cannot access memory\n`;
    text += codeLines(address, found, debug.instructionBytes);
    address += BigInt(found.length);
  }
  return text;
}

const PER_LINE = 8;

/** Words of a fixed length are numbers; where lengths differ, bytes stand in their order, in a column. */
function codeLines(
  address: bigint,
  { bytes, text }: ListedInstruction,
  { shortest, longest }: GuestDebug["instructionBytes"],
): string {
  const digits = Array.from(bytes, (byte) => hexDigits(byte, 2));
  if (shortest === longest) return `0x${hexDigits(address, 8)}:  ${digits.reverse().join("")}  ${text}\n`;
  let lines = "";
  for (let at = 0; at < digits.length; at += PER_LINE) {
    const column = digits.slice(at, at + PER_LINE).join(" ");
    const shown = at === 0 ? `${column.padEnd(3 * PER_LINE)} ${text}` : column;
    lines += `0x${hexDigits(address + BigInt(at), 8)}:  ${shown}\n`;
  }
  return lines;
}

function values({ count, kind, size }: Format, start: bigint, read: Read): string {
  const perLine = size === 8 ? 2 : size === 4 ? 4 : 8;
  const kept: bigint[] = [];
  let text = "";
  for (let i = 0; i < count; i += perLine) {
    const address = start + BigInt(i * size);
    text += `${hexDigits(address, 16)}:`;
    for (let j = i; j < Math.min(i + perLine, count); j++) {
      const bytes = read(start + BigInt(j * size), size);
      if (!bytes) return `${text} Cannot access memory\n`;
      if (bytes === "changes") kept.push(start + BigInt(j * size));
      text += " " + (bytes === "changes" ? "-".repeat(2 + 2 * size) : value(bytes, kind));
    }
    text += "\n";
  }
  const [first] = kept;
  if (first === undefined) return text;
  return `${text}not read: a read of the device register at 0x${hexDigits(first, 8)}${kept.length > 1 ? `, and of ${kept.length - 1} more,` : ""} would change the machine\n`;
}

const octal = (value: bigint): string => (value === 0n ? "0" : `0${value.toString(8)}`);
/** As many as the largest number of so many bits has. */
const decimalDigits = (bits: number): number => String(2n ** BigInt(bits) - 1n).length;

/** A number by itself, as `print` shows it. */
export function formatNumber(number: bigint, kind: Format["kind"]): string {
  const low = Number(BigInt.asUintN(32, number));
  switch (kind) {
    case "i":
      throw new UserError("a number is no instruction");
    case "d":
      return String(BigInt.asIntN(64, number));
    case "u":
      return String(number);
    case "o":
      return octal(number);
    case "c":
      return low >= 0x20 && low < 0x7f ? `'${String.fromCharCode(low)}'` : `'\\x${hexDigits(low, 2)}'`;
    default:
      return number === 0n ? "0" : `0x${number.toString(16)}`;
  }
}

function value(bytes: Uint8Array, kind: Format["kind"]): string {
  const bits = bytes.length * 8;
  const unsigned = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  switch (kind) {
    case "d":
      return String(BigInt.asIntN(bits, unsigned)).padStart(decimalDigits(bits));
    case "u":
      return String(unsigned).padStart(decimalDigits(bits));
    case "o":
      return octal(unsigned).padStart(Math.ceil(bits / 3));
    case "c": {
      const code = bytes[0]!;
      return code >= 0x20 && code < 0x7f ? `'${String.fromCharCode(code)}'` : `'\\x${hexDigits(code, 2)}'`;
    }
    default:
      return "0x" + hexDigits(unsigned, bits / 4);
  }
}
