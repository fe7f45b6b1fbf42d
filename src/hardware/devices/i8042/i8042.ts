import { bytewise } from "../../bytewise.ts";
import type { Line } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { writeKeyboard } from "./keyboard.ts";
import { writeMouse } from "./mouse.ts";
import {
  Command,
  FROM_CONTROLLER,
  FROM_CONTROLLER_AS_MOUSE,
  FROM_KEYBOARD,
  FROM_MOUSE,
  INPUT_PORT,
  MODE_KEYBOARD_INTERRUPT,
  MODE_MOUSE_INTERRUPT,
  MODE_NO_KEYBOARD,
  MODE_NO_MOUSE,
  MODE_TRANSLATE,
  OUT_A20,
  OUT_FULL,
  OUT_MOUSE,
  OUT_NO_RESET,
  SELF_TEST_PASSED,
  STATUS_FULL,
  STATUS_MOUSE,
  STATUS_SELF_TESTED,
} from "./registers.ts";
import { type I8042State, i8042State } from "./state.ts";

const INTERFACES = MODE_NO_KEYBOARD | MODE_NO_MOUSE;
const FROM_ITSELF = FROM_CONTROLLER | FROM_CONTROLLER_AS_MOUSE;

/** Where a keyboard controller's pins lead. */
export interface I8042Lines {
  /** IRQ 1 and IRQ 12 of a PC. */
  readonly keyboard: Line;
  readonly mouse: Line;
  readonly a20: Line;
  /** Asks for a reset of the machine. */
  requestReset(): void;
}

/** A PC's keyboard controller (Intel 8042 with IBM's program for the PS/2), a keyboard and a mouse, which nobody touches. */
export class I8042 extends StatefulDevice<I8042State> {
  /** Port 60h. */
  readonly data = bytewise({
    name: "i8042-data",
    read: () => this.read(),
    changesByRead: () => (this.state.status & STATUS_FULL) !== 0,
    write: (_offset, _size, value) => this.write(value & 0xff),
  });
  /** Port 64h. */
  readonly command = bytewise({
    name: "i8042-command",
    read: () => this.state.status,
    changesByRead: () => false,
    write: (_offset, _size, value) => this.obey(value & 0xff),
  });

  constructor(private readonly lines: I8042Lines) {
    super(i8042State);
  }

  protected override afterReset(): void {
    this.lines.a20.set(true);
    this.driveInterrupts();
  }

  private read(): number {
    const { state } = this;
    if (!(state.status & STATUS_FULL)) return state.lastRead;
    this.show(0);
    this.driveInterrupts();
    if (state.source === FROM_KEYBOARD) {
      const [byte = 0, ...rest] = state.keyboard.replies;
      state.keyboard.replies = Uint8Array.from(rest);
      state.lastRead = byte;
      this.taken(FROM_KEYBOARD, rest.length > 0);
    } else if (state.source === FROM_MOUSE) {
      const [byte = 0, ...rest] = state.mouse.queue;
      state.mouse.queue = Uint8Array.from(rest);
      state.lastRead = byte;
      this.taken(FROM_MOUSE, rest.length > 0);
    } else {
      state.lastRead = state.own;
      this.taken(FROM_ITSELF, false);
    }
    return state.lastRead;
  }

  /** Another's byte may come before the next one of who was read. */
  private taken(source: number, hasMore: boolean): void {
    this.state.pending &= ~source;
    this.offer();
    if (hasMore) this.offer(source);
  }

  private write(value: number): void {
    const { state } = this;
    const { command } = state;
    state.command = 0;
    switch (command) {
      case 0:
        writeKeyboard(state.keyboard, value);
        // The answer is announced before the interface is enabled.
        this.offer(FROM_KEYBOARD);
        state.mode &= ~MODE_NO_KEYBOARD;
        return this.offer();
      case Command.WRITE_MODE:
        state.mode = value;
        state.keyboard.translates = (value & MODE_TRANSLATE) !== 0;
        this.driveInterrupts();
        return this.offer();
      case Command.ECHO_AS_KEYBOARD:
        return this.say(value);
      case Command.ECHO_AS_MOUSE:
        return this.say(value, FROM_CONTROLLER_AS_MOUSE);
      case Command.WRITE_OUTPUT_PORT:
        state.outputPort = value;
        this.lines.a20.set((value & OUT_A20) !== 0);
        if (!(value & OUT_NO_RESET)) this.lines.requestReset();
        return;
      case Command.WRITE_MOUSE:
        if (writeMouse(state.mouse, value)) this.offer(FROM_MOUSE);
        state.mode &= ~MODE_NO_MOUSE;
        return this.offer();
    }
  }

  private obey(command: number): void {
    const { state, lines } = this;
    if (command >= Command.PULSE) {
      if (!(command & OUT_NO_RESET)) lines.requestReset();
      return;
    }
    switch (command) {
      case Command.READ_MODE:
        return this.say(state.mode);
      case Command.WRITE_MODE:
      case Command.ECHO_AS_KEYBOARD:
      case Command.ECHO_AS_MOUSE:
      case Command.WRITE_MOUSE:
      case Command.WRITE_OUTPUT_PORT:
        state.command = command;
        return;
      case Command.DISABLE_MOUSE:
        state.mode |= MODE_NO_MOUSE;
        return;
      case Command.ENABLE_MOUSE:
        state.mode &= ~MODE_NO_MOUSE;
        return this.offer();
      case Command.DISABLE_KEYBOARD:
        state.mode |= MODE_NO_KEYBOARD;
        return;
      case Command.ENABLE_KEYBOARD:
        state.mode &= ~MODE_NO_KEYBOARD;
        return this.offer();
      case Command.SELF_TEST:
        state.status |= STATUS_SELF_TESTED;
        return this.say(SELF_TEST_PASSED);
      case Command.TEST_MOUSE:
      case Command.TEST_KEYBOARD:
        return this.say(0);
      case Command.READ_INPUT_PORT:
        return this.say(INPUT_PORT);
      case Command.READ_OUTPUT_PORT:
        return this.say(state.outputPort);
      case Command.ENABLE_A20:
        lines.a20.set(true);
        state.outputPort |= OUT_A20;
        return;
      case Command.DISABLE_A20:
        lines.a20.set(false);
        state.outputPort &= ~OUT_A20;
        return;
    }
  }

  /** The controller's own byte. */
  private say(byte: number, source = FROM_CONTROLLER): void {
    this.state.own = byte;
    this.state.pending &= ~FROM_ITSELF;
    this.offer(source);
  }

  /** `source` has something; shown is what comes first, unless a byte waits to be read. */
  private offer(source = 0): void {
    const { state } = this;
    state.pending |= source;
    const pending = state.pending & ~(state.mode & INTERFACES);
    if (state.status & STATUS_FULL || pending === 0) return;
    this.show(
      [FROM_CONTROLLER, FROM_CONTROLLER_AS_MOUSE, FROM_KEYBOARD].find((first) => pending & first) ?? FROM_MOUSE,
    );
    this.driveInterrupts();
  }

  /** In status and output port: whose byte waits; 0: none does. */
  private show(source: number): void {
    const { state } = this;
    const isMouse = source === FROM_MOUSE || source === FROM_CONTROLLER_AS_MOUSE;
    state.status &= ~(STATUS_FULL | STATUS_MOUSE);
    state.outputPort &= ~(OUT_FULL | OUT_MOUSE);
    if (source === 0) return;
    state.source = source;
    state.status |= STATUS_FULL | (isMouse ? STATUS_MOUSE : 0);
    state.outputPort |= OUT_FULL | (isMouse ? OUT_MOUSE : 0);
  }

  private driveInterrupts(): void {
    const { status, mode } = this.state;
    const full = (status & STATUS_FULL) !== 0;
    const isMouse = (status & STATUS_MOUSE) !== 0;
    const keyboardInterrupts = (mode & (MODE_KEYBOARD_INTERRUPT | MODE_NO_KEYBOARD)) === MODE_KEYBOARD_INTERRUPT;
    this.lines.keyboard.set(full && !isMouse && keyboardInterrupts);
    this.lines.mouse.set(full && isMouse && (mode & MODE_MOUSE_INTERRUPT) !== 0);
  }
}
