import { CASCADE, Ocw2 } from "./registers.ts";
import type { Controller } from "./state.ts";

/** The first of `inputs` in the order of priorities: how many come before it; 8: there is none. */
function rank(chip: Controller, inputs: number): number {
  const turned = ((inputs | (inputs << 8)) >> chip.highest) & 0xff;
  return turned === 0 ? 8 : 31 - Math.clz32(turned & -turned);
}

/** The input that asks for service now: unmasked, and above all that is in service. */
export function requested(chip: Controller, isMaster: boolean): number | undefined {
  const first = rank(chip, chip.irr & ~chip.imr);
  let inService = chip.isr;
  if (chip.specialMask) inService &= ~chip.imr;
  // The slave may interrupt its own service.
  if (chip.specialFullyNested && isMaster) inService &= ~(1 << CASCADE);
  return first < rank(chip, inService) ? (first + chip.highest) & 7 : undefined;
}

/** An edge stays requested though the input falls, as in QEMU; the 8259A would call it spurious. */
export function setInput(chip: Controller, input: number, level: boolean): void {
  const bit = 1 << input;
  if (level) {
    if (chip.elcr & bit || !(chip.levels & bit)) chip.irr |= bit;
    chip.levels |= bit;
  } else {
    if (chip.elcr & bit) chip.irr &= ~bit;
    chip.levels &= ~bit;
  }
}

export function beginService(chip: Controller, input: number): void {
  if (!chip.autoEoi) chip.isr |= 1 << input;
  else if (chip.rotatesOnAutoEoi) chip.highest = (input + 1) & 7;
  chip.irr &= ~(1 << input) | chip.elcr;
}

/** OCW2. Returns whether the requests may be others now. */
export function command(chip: Controller, value: number): boolean {
  const operation = value >> 5;
  const level = value & 7;
  switch (operation) {
    case Ocw2.EOI:
    case Ocw2.ROTATING_EOI: {
      const first = rank(chip, chip.isr);
      return first < 8 && endService(chip, (first + chip.highest) & 7, operation === Ocw2.ROTATING_EOI);
    }
    case Ocw2.SPECIFIC_EOI:
    case Ocw2.ROTATING_SPECIFIC_EOI:
      return endService(chip, level, operation === Ocw2.ROTATING_SPECIFIC_EOI);
    case Ocw2.SET_PRIORITY:
      chip.highest = (level + 1) & 7;
      return true;
    case Ocw2.STOP_ROTATING:
    case Ocw2.ROTATE:
      chip.rotatesOnAutoEoi = operation === Ocw2.ROTATE;
  }
  return false;
}

function endService(chip: Controller, input: number, rotates: boolean): true {
  chip.isr &= ~(1 << input);
  if (rotates) chip.highest = (input + 1) & 7;
  return true;
}
