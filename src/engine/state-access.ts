import type { StateField } from "../isa/index.ts";

/** An element of a field of a state block, unsigned. */
export function readField(view: DataView, field: StateField, index: number): bigint {
  const at = field.offset + index * field.size;
  if (field.size === 1) return BigInt(view.getUint8(at));
  if (field.size === 2) return BigInt(view.getUint16(at, true));
  if (field.size === 4) return BigInt(view.getUint32(at, true));
  const low = view.getBigUint64(at, true);
  return field.size === 8 ? low : low | (view.getBigUint64(at + 8, true) << 64n);
}

export function writeField(view: DataView, field: StateField, index: number, value: bigint): void {
  const at = field.offset + index * field.size;
  if (field.size === 1) view.setUint8(at, Number(value & 0xffn));
  else if (field.size === 2) view.setUint16(at, Number(value & 0xffffn), true);
  else if (field.size === 4) view.setUint32(at, Number(value & 0xffffffffn), true);
  else view.setBigUint64(at, BigInt.asUintN(64, value), true);
  if (field.size === 16) view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 64n), true);
}
