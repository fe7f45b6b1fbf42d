import type { TranslationService } from "../../../src/engine/index.ts";
import { x86 } from "../../../src/isa/x86/index.ts";
import { boards, type EmulatedMachine } from "../../../src/machine/index.ts";
import { SEMANTICS } from "../../../src/timetravel/index.ts";
import { loadInterpreter } from "../../support/interpreter.ts";
import { Ours } from "./ours.ts";
import { type Program, START } from "./program.ts";

const interpreter = loadInterpreter(x86);
const [COPIER, RESET_VECTOR] = [0xf000, 0xfff0];

const MEGABYTES = 16;

function make(firmware: Uint8Array, translation?: TranslationService): EmulatedMachine {
  const configuration = {
    ...{ board: "pc", cpu: "qemu64", ramBytes: MEGABYTES * 2 ** 20, shift: 0, vga: false, append: "" },
    ...{ reboot: false, randomness: false, semantics: SEMANTICS },
  };
  return boards.create({ configuration, images: { firmware }, interpreter, ...(translation && { translation }) });
}

/** On a board, the program in RAM at power-on: as the reference has it. */
export function onBoard({ ram, rom }: Program): Ours {
  const machine = make(rom);
  machine.cpu.physical.writeRam(START, ram);
  return new Ours(machine.cpu, (until) => machine.run(until, { kind: "ignore" }));
}

/** A board `pc` whose firmware is the program: it copies itself to where it is linked. */
export function wholeMachine({ ram, rom }: Program, translation?: TranslationService): EmulatedMachine {
  const words = Math.ceil(ram.length / 2);
  const firmware = rom.slice();
  firmware.set(ram);
  // cld; mov %cs, %ax; mov %ax, %ds; xor %si, %si; mov %si, %es; mov $START, %di; mov $words, %cx; rep movsw
  firmware.set([0xfc, 0x8c, 0xc8, 0x8e, 0xd8, 0x31, 0xf6, 0x8e, 0xc6], COPIER);
  firmware.set([0xbf, START & 0xff, START >> 8, 0xb9, words & 0xff, words >> 8, 0xf3, 0xa5], COPIER + 9);
  // push %es; pop %ds; ljmp $0, $START
  firmware.set([0x06, 0x1f, 0xea, START & 0xff, START >> 8, 0, 0], COPIER + 17);
  firmware.set([0xea, COPIER & 0xff, COPIER >> 8, 0, 0xf0], RESET_VECTOR);
  return make(firmware, translation);
}
