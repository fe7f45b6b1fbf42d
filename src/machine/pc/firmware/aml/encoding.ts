import { assert } from "../../../../base/index.ts";
import { type Bytes, u16, u32, u64 } from "../bytes.ts";

/** A piece of ACPI Machine Language (ACPI specification, chapter 20), encoded. */
export type Aml = Bytes;

/** Two-byte opcodes begin with this one. */
export const EXTENDED = 0x5b;

/** An opcode, a length that counts itself, and what is in it. */
export function packaged(opcode: Bytes, ...parts: readonly Aml[]): Aml {
  const body = parts.flat();
  const bytes = [1, 2, 3, 4].find((count) => body.length + count < limit(count))!;
  return [...opcode, ...encodeLength(body.length + bytes, bytes), ...body];
}

/** PkgLength (20.2.4) of what does not count itself. */
export function packageLength(length: number): Aml {
  return encodeLength(
    length,
    [1, 2, 3, 4].find((count) => length < limit(count))!,
  );
}

/** What `bytes` bytes of a length hold: 6 bits alone, or 4 and 8 for each that follows. */
const limit = (bytes: number): number => (bytes === 1 ? 64 : 2 ** (8 * bytes - 4));

function encodeLength(length: number, bytes: number): Aml {
  assert(length < limit(bytes), "an AML package is too long");
  if (bytes === 1) return [length];
  const following = Array.from({ length: bytes - 1 }, (_, index) => (length >> (4 + 8 * index)) & 0xff);
  return [((bytes - 1) << 6) | (length & 0xf), ...following];
}

/** The shortest of the forms of a constant (20.2.3). */
export function integer(value: number): Aml {
  if (value < 2) return [value];
  if (value < 2 ** 8) return [0x0a, value];
  if (value < 2 ** 16) return [0x0b, ...u16(value)];
  return value < 2 ** 32 ? [0x0c, ...u32(value)] : [0x0e, ...u64(value)];
}
