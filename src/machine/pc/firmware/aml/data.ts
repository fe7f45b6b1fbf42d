import { assert } from "../../../../base/index.ts";
import { ascii, type Bytes } from "../bytes.ts";
import { type Aml, integer, packaged } from "./encoding.ts";
import { type Operand, operand } from "./operand.ts";

/** Text as data; names are bare strings. */
export const text = (value: string): Aml => [0x0d, ...ascii(value), 0];

export const buffer = (bytes: Bytes): Aml => packaged([0x11], integer(bytes.length), bytes);

/** `length` elements, of which the last may be empty. */
export function pack(elements: readonly Operand[], length = elements.length): Aml {
  return packaged([0x12], [length], ...elements.map(operand));
}

/** "PNP0A03": three letters of 5 bits, four hexadecimal digits, the most significant byte first. */
export function eisaId(id: string): Aml {
  assert(/^[A-Z]{3}[0-9A-F]{4}$/.test(id), `no EISA id: ${id}`);
  const [first, second, third] = [...ascii(id.slice(0, 3))].map((letter) => letter - 0x40);
  const maker = (first! << 10) | (second! << 5) | third!;
  const product = parseInt(id.slice(3), 16);
  return [0x0c, maker >> 8, maker & 0xff, product >> 8, product & 0xff];
}

/** ToUUID: the first three fields little-endian. */
export function uuid(id: string): Aml {
  const bytes = id
    .replaceAll("-", "")
    .match(/../g)!
    .map((digits) => parseInt(digits, 16));
  return buffer([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((index) => bytes[index]!));
}
