import type { Bytes } from "../bytes.ts";
import { type Aml, EXTENDED, packaged, packageLength } from "./encoding.ts";
import { nameString } from "./names.ts";
import { type Operand, operand } from "./operand.ts";

export const scope = (name: string, ...terms: readonly Aml[]): Aml => packaged([0x10], nameString(name), ...terms);

export const device = (name: string, ...terms: readonly Aml[]): Aml =>
  packaged([EXTENDED, 0x82], nameString(name), ...terms);

/** Without a power block of its own. */
export const processor = (name: string, id: number, ...terms: readonly Aml[]): Aml =>
  packaged([EXTENDED, 0x83], nameString(name), [id, 0, 0, 0, 0, 0], ...terms);

/** Name (NAME, value). */
export const named = (name: string, value: Operand): Aml => [0x08, ...nameString(name), ...operand(value)];

export const method = (name: string, args: number, ...terms: readonly Aml[]): Aml =>
  packaged([0x14], nameString(name), [args], ...terms);

/** Of which one at a time runs. */
export const serialized = (name: string, args: number, ...terms: readonly Aml[]): Aml =>
  packaged([0x14], nameString(name), [args | 8], ...terms);

export const mutex = (name: string): Aml => [EXTENDED, 0x01, ...nameString(name), 0];

export const Space = { MEMORY: 0, IO: 1, PCI: 2 } as const;

export const operationRegion = (name: string, space: number, base: number, bytes: number): Aml => [
  ...[EXTENDED, 0x80],
  ...nameString(name),
  space,
  ...operand(base),
  ...operand(bytes),
];

/** How a field is accessed, and what becomes of the bits beside it. */
export const FieldAccess = { BYTE: 1, DWORD: 3, LOCK: 0x10, WRITE_AS_ZEROS: 0x40 } as const;

/** A field's bits by name, or bits without one. */
export type FieldBits = readonly [name: string | undefined, bits: number];

/** Field (REGION, access) { NAME, bits … }. */
export function field(region: string, access: number, ...bits: readonly FieldBits[]): Aml {
  const unnamed: Bytes = [0];
  const units = bits.flatMap(([name, count]) => [
    ...(name === undefined ? unnamed : nameString(name)),
    ...packageLength(count),
  ]);
  return packaged([EXTENDED, 0x81], nameString(region), [access], units);
}

/** 32 bits of a buffer, `offset` in bytes. */
export const createDwordField = (source: Operand, offset: number, name: string): Aml => [
  0x8a,
  ...operand(source),
  ...operand(offset),
  ...nameString(name),
];
