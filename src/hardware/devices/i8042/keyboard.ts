import { ACK, KeyboardCommand, RESEND, TESTED } from "./registers.ts";
import type { Keyboard } from "./state.ts";

/** How the numbers of the scan code sets are translated, as scan codes would be. */
const TRANSLATED_SETS = [0xff, 0x43, 0x41, 0x3f];

/** A byte to the keyboard; what it answers takes the place of what was not read. */
export function writeKeyboard(keyboard: Keyboard, value: number): void {
  const { command } = keyboard;
  keyboard.command = 0;
  keyboard.replies = Uint8Array.from(command === 0 ? obey(keyboard, value) : parameter(keyboard, command, value));
}

function obey(keyboard: Keyboard, value: number): number[] {
  switch (value) {
    case 0:
    case KeyboardCommand.ALL_TYPEMATIC:
      return [ACK];
    case KeyboardCommand.ECHO:
      return [KeyboardCommand.ECHO];
    case KeyboardCommand.IDENTIFY:
      return [ACK, 0xab, keyboard.translates ? 0x41 : 0x83];
    case KeyboardCommand.SET_LEDS:
    case KeyboardCommand.SCAN_CODE_SET:
    case KeyboardCommand.SET_RATE:
    case KeyboardCommand.MAKE_BREAK:
      keyboard.command = value;
      return [ACK];
    case KeyboardCommand.ENABLE:
      keyboard.scans = true;
      return [ACK];
    case KeyboardCommand.DEFAULTS_DISABLED:
    case KeyboardCommand.DEFAULTS:
    case KeyboardCommand.RESET:
      Object.assign(keyboard, { scans: value !== KeyboardCommand.DEFAULTS_DISABLED, scanCodeSet: 2, leds: 0 });
      return value === KeyboardCommand.RESET ? [ACK, TESTED] : [ACK];
    default:
      return [RESEND];
  }
}

function parameter(keyboard: Keyboard, command: number, value: number): number[] {
  if (command === KeyboardCommand.SET_LEDS) keyboard.leds = value;
  if (command !== KeyboardCommand.SCAN_CODE_SET) return [ACK];
  const { scanCodeSet, translates } = keyboard;
  if (value === 0) return [ACK, translates ? TRANSLATED_SETS[scanCodeSet]! : scanCodeSet];
  if (value > 3) return [RESEND];
  keyboard.scanCodeSet = value;
  return [ACK];
}
