import { afterReset, type Field } from "./field.ts";
import { flag } from "./numbers.ts";

/** Outlives a reset: it is driven from outside, or is the world's. */
export function kept<T>(field: Field<T>): Field<T> {
  return { ...field, kind: `kept ${field.kind}`, reset: (before) => before };
}

interface OptionalOptions {
  /** Where there is none, the bytes of the value at power-on stand in its place. */
  readonly padded?: boolean;
  /** The byte that says whether there is one is refused unless 0 or 1. */
  readonly strict?: boolean;
}

/** A flag, and the value if there is one; at power-on none. */
export function optional<T>(
  field: Field<T>,
  { padded = false, strict = false }: OptionalOptions = {},
): Field<T | undefined> {
  const present = flag({ strict });
  return {
    kind: `optional${padded ? " padded" : ""}${strict ? " strict" : ""} ${field.kind}`,
    powerOn: () => undefined,
    write(value, to) {
      present.write(value !== undefined, to);
      if (padded || value !== undefined) field.write(value ?? field.powerOn(), to);
    },
    read(from, at) {
      const isPresent = present.read(from, at);
      const value = padded || isPresent ? field.read(from, at) : undefined;
      return isPresent ? value : undefined;
    },
    show: (name, value) => (value === undefined ? [`${name} = none`] : field.show(name, value)),
  };
}

/** A state that stands otherwise in the bytes: as what `toWire` makes of it, which `wire` describes, and debuggers are shown. */
export function via<W, T>(
  wire: Field<W>,
  { toWire, fromWire }: { toWire(state: T): W; fromWire(wire: W): T },
): Field<T> {
  return {
    kind: `via ${wire.kind}`,
    powerOn: () => fromWire(wire.powerOn()),
    reset: (before) => fromWire(afterReset(wire, toWire(before))),
    write: (state, to) => wire.write(toWire(state), to),
    read: (from, at) => fromWire(wire.read(from, at)),
    show: (name, state) => wire.show(name, toWire(state)),
  };
}
