import { type ByteReader, type ByteWriter, UserError } from "../../base/index.ts";

/** One part of a state: its value at power-on, its bytes in a snapshot, and how a debugger shows it. */
export interface Field<T> {
  /** What stands in the bytes, and its limits: "u8", "words(9)". Two fields of one kind have the same bytes. */
  readonly kind: string;
  powerOn(): T;
  /** The value after a reset; absent: as at power-on. */
  reset?(before: T): T;
  write(value: T, to: ByteWriter): void;
  /** `at` names the field. Throws UserError for bytes that `write` never gives. */
  read(from: ByteReader, at: string): T;
  /** Lines "name = value". */
  show(name: string, value: T): string[];
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type ValuesOf<F extends Fields> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export function afterReset<T>(field: Field<T>, before: T): T {
  return field.reset ? field.reset(before) : field.powerOn();
}

export function damaged(at: string, value: number | bigint): UserError {
  return new UserError(`the snapshot's machine state is damaged: ${at} is ${value}`);
}

/** Fields by name; their bytes stand in this order. */
export function group<F extends Fields>(fields: F): Field<ValuesOf<F>> {
  const entries = Object.entries(fields);
  const each = (value: (name: string, field: Field<unknown>) => unknown): ValuesOf<F> =>
    Object.fromEntries(entries.map(([name, field]) => [name, value(name, field)])) as ValuesOf<F>;
  return {
    kind: `{ ${entries.map(([name, { kind }]) => `${name}: ${kind}`).join(", ")} }`,
    powerOn: () => each((_, field) => field.powerOn()),
    reset: (before) => each((name, field) => afterReset(field, before[name])),
    write(values, to) {
      for (const [name, field] of entries) field.write(values[name], to);
    },
    read: (from, at) => each((name, field) => field.read(from, `${at}.${name}`)),
    show: (at, values) =>
      entries.flatMap(([name, field]) => field.show(at === "" ? name : `${at}.${name}`, values[name])),
  };
}
