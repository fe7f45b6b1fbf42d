import {
  ACK,
  MOUSE_ENABLED,
  MOUSE_QUEUE,
  MOUSE_REMOTE,
  MOUSE_SCALED,
  MouseCommand,
  MouseType,
  TESTED,
} from "./registers.ts";
import type { Mouse } from "./state.ts";

/** A byte to the mouse. Returns whether it answers. */
export function writeMouse(mouse: Mouse, value: number): boolean {
  const { command } = mouse;
  mouse.command = 0;
  if (command !== 0) return parameter(mouse, command, value);
  if (mouse.wraps && value === MouseCommand.END_WRAP) mouse.wraps = false;
  else if (mouse.wraps && value !== MouseCommand.RESET) return queue(mouse, value);
  else return obey(mouse, value);
  return queue(mouse, ACK);
}

/** Room is needed for all of them. */
function queue(mouse: Mouse, ...bytes: number[]): boolean {
  if (mouse.queue.length + bytes.length > MOUSE_QUEUE) return false;
  mouse.queue = Uint8Array.of(...mouse.queue, ...bytes);
  return true;
}

function obey(mouse: Mouse, value: number): boolean {
  switch (value) {
    case MouseCommand.SCALE_1_TO_1:
      mouse.status &= ~MOUSE_SCALED;
      break;
    case MouseCommand.SCALE_2_TO_1:
      mouse.status |= MOUSE_SCALED;
      break;
    case MouseCommand.STREAM:
      mouse.status &= ~MOUSE_REMOTE;
      break;
    case MouseCommand.REMOTE:
      mouse.status |= MOUSE_REMOTE;
      break;
    case MouseCommand.ENABLE:
      mouse.status |= MOUSE_ENABLED;
      break;
    case MouseCommand.DISABLE:
      mouse.status &= ~MOUSE_ENABLED;
      break;
    case MouseCommand.WRAP:
      mouse.wraps = true;
      break;
    case MouseCommand.SET_RESOLUTION:
    case MouseCommand.SET_RATE:
      mouse.command = value;
      break;
    case MouseCommand.IDENTIFY:
      return queue(mouse, ACK, mouse.type);
    case MouseCommand.STATUS:
      return queue(mouse, ACK, mouse.status, mouse.resolution, mouse.rate);
    case MouseCommand.POLL: {
      const acknowledged = queue(mouse, ACK);
      return queue(mouse, ...packet(mouse)) || acknowledged;
    }
    case MouseCommand.DEFAULTS:
      Object.assign(mouse, { rate: 100, resolution: 2, status: 0 });
      break;
    case MouseCommand.RESET:
      Object.assign(mouse, { rate: 100, resolution: 2, status: 0, type: MouseType.PS2, queue: new Uint8Array() });
      return queue(mouse, ACK, TESTED, mouse.type);
    default:
      return false;
  }
  return queue(mouse, ACK);
}

/** Of a mouse that lies still. */
function packet({ type }: Mouse): number[] {
  return type === MouseType.PS2 ? [8, 0, 0] : [8, 0, 0, 0];
}

function parameter(mouse: Mouse, command: number, value: number): boolean {
  if (command === MouseCommand.SET_RESOLUTION) mouse.resolution = value;
  else {
    mouse.rate = value;
    knock(mouse, value);
  }
  return queue(mouse, ACK);
}

/** The rates 200, 100, 80 turn a wheel on, and 200, 200, 80 five buttons. */
function knock(mouse: Mouse, rate: number): void {
  const before = mouse.knock;
  mouse.knock = 0;
  if (before < 2) {
    if (rate === 200) mouse.knock = before === 0 ? 1 : 3;
    else if (rate === 100 && before === 1) mouse.knock = 2;
  } else if (rate === 80) mouse.type = before === 2 ? MouseType.WHEEL : MouseType.FIVE_BUTTONS;
}
