import { HandClock } from "../../../hardware/testing/hand-clock.ts";
import type { VirtDependencies } from "../virt.ts";

/** Of each bank of flash, as much as tests look at. */
const BANK_BYTES = 4096;

/** What a board needs, for a test that looks at something else: nothing is behind any of it. */
export function virtParts(
  configuration: Partial<VirtDependencies["configuration"]> = {},
  parts: Partial<Omit<VirtDependencies, "configuration">> = {},
): VirtDependencies {
  return {
    configuration: { ramBytes: 2 ** 25, append: "", randomness: false, shift: 0, semantics: 5, ...configuration },
    images: {},
    clock: new HandClock(),
    memory: { read: () => undefined, write: () => true },
    flash: () => ({ read: (_, length) => new Uint8Array(length), write: () => {}, show: () => {} }),
    irq: { set: () => {} },
    countersDue: () => {},
    reset: () => {},
    send: () => {},
    ...parts,
  };
}

/** Banks of flash over memory of a test's own; `show` is told which bank shows its cells. */
export function flashOver(
  cells: Uint8Array,
  show: (bank: number, shown: boolean) => void = () => {},
): VirtDependencies["flash"] {
  return (bank) => ({
    read: (offset, length) => cells.slice(bank * BANK_BYTES + offset, bank * BANK_BYTES + offset + length),
    write: (offset, bytes) => cells.set(bytes, bank * BANK_BYTES + offset),
    show: (shown) => show(bank, shown),
  });
}
