import { hexDigits } from "../../base/index.ts";
import { afterReset, damaged, type Field } from "./field.ts";
import { hexNumber } from "./numbers.ts";

/** So many bytes; at power-on zeros, or a copy of `powerOn`. */
export function bytes(count: number, powerOn = new Uint8Array(count)): Field<Uint8Array> {
  return {
    kind: `bytes(${count})`,
    powerOn: () => powerOn.slice(),
    write: (value, to) => void to.raw(value),
    read: (from) => from.raw(count),
    show: showBytes,
  };
}

/** So many words of 32 bits; at power-on `first`, then zeros. */
export function words(count: number, ...first: number[]): Field<Uint32Array> {
  return {
    kind: `words(${count})`,
    powerOn: () => Uint32Array.from({ length: count }, (_, index) => first[index] ?? 0),
    write(value, to) {
      for (const word of value) to.u32(word);
    },
    read: (from) => Uint32Array.from({ length: count }, () => from.u32()),
    show: (name, value) =>
      rows(
        name,
        Array.from(value, (word) => hexNumber(word, 32)),
        8,
      ),
  };
}

/** Their number, which is `max` at most, and so many bytes; at power-on none. */
export function counted(max: number): Field<Uint8Array> {
  return {
    kind: `counted(${max})`,
    powerOn: () => new Uint8Array(),
    write: (value, to) => void to.blob(value),
    read(from, at) {
      const count = from.u32();
      if (count > max) throw damaged(at, count);
      return from.raw(count);
    },
    show: showBytes,
  };
}

/** Two of a kind. */
export function pair<T>(field: Field<T>): Field<readonly [T, T]> {
  return {
    kind: `pair of ${field.kind}`,
    powerOn: () => [field.powerOn(), field.powerOn()],
    reset: ([first, second]) => [afterReset(field, first), afterReset(field, second)],
    write: (values, to) => values.forEach((value) => field.write(value, to)),
    read: (from, at) => [field.read(from, `${at}.0`), field.read(from, `${at}.1`)],
    show: (name, values) => values.flatMap((value, index) => field.show(`${name}.${index}`, value)),
  };
}

function showBytes(name: string, value: Uint8Array): string[] {
  return rows(
    name,
    Array.from(value, (byte) => hexDigits(byte, 2)),
    32,
  );
}

function rows(name: string, items: readonly string[], perRow: number): string[] {
  if (items.length <= perRow) return [`${name} = ${items.join(" ") || "none"}`];
  const starts = Array.from({ length: Math.ceil(items.length / perRow) }, (_, row) => row * perRow);
  return starts.map((at) => `${name}[${at}] = ${items.slice(at, at + perRow).join(" ")}`);
}
