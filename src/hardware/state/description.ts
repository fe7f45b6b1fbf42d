import type { ByteReader, ByteWriter } from "../../base/index.ts";
import { afterReset, type Field, group } from "./field.ts";

/** A state that is described once: what it is at power-on, its bytes in snapshots and hashes, how it is shown. */
export interface StateDescription<S> {
  readonly name: string;
  /** Of `layout`: a changed one gets the next number. It does not stand in the bytes. */
  readonly version: number;
  /** Names, kinds and order of the fields. */
  readonly layout: string;
  powerOn(): S;
  reset(before: S): S;
  write(state: S, to: ByteWriter): void;
  /** Throws UserError for damaged bytes. */
  read(from: ByteReader): S;
  /** Lines "field = value". */
  show(state: S): string[];
}

export type StateOf<D> = D extends StateDescription<infer S> ? S : never;

export function describeState<S>(name: string, version: number, field: Field<S>): StateDescription<S> {
  return {
    name,
    version,
    layout: field.kind,
    powerOn: () => field.powerOn(),
    reset: (before) => afterReset(field, before),
    write: (state, to) => field.write(state, to),
    read: (from) => field.read(from, name),
    show: (state) => field.show("", state),
  };
}

/** Of a device that keeps nothing. */
export function stateless(name: string): StateDescription<object> {
  return describeState(name, 1, group({}));
}
