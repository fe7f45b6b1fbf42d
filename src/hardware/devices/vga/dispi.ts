import type { MemoryBlock } from "../../memory.ts";
import {
  Crtc,
  Dispi,
  DISPI_ENABLED,
  DISPI_IDS,
  DISPI_KEEPS_MEMORY,
  DISPI_LIMITS,
  DISPI_MOST,
  Graphics,
  MEMORY_CHAIN4,
  OVERFLOW_LINE_COMPARE,
  Sequencer,
} from "./registers.ts";
import type { VgaState } from "./state.ts";

const LIMITS: Readonly<Record<number, number>> = {
  [Dispi.WIDTH]: DISPI_MOST.WIDTH,
  [Dispi.HEIGHT]: DISPI_MOST.HEIGHT,
  [Dispi.BITS]: DISPI_MOST.BITS,
};

/** So much of the memory is cleared at a time. */
const CHUNK = 0x1_0000;

export function isEnabled({ dispi }: VgaState): boolean {
  return (dispi[Dispi.ENABLE]! & DISPI_ENABLED) !== 0;
}

export function readDispi(state: VgaState, memory: MemoryBlock): number {
  const { dispi, dispiIndex } = state;
  if (dispiIndex === Dispi.MEMORY) return memory.bytes / 0x1_0000;
  if (dispi[Dispi.ENABLE]! & DISPI_LIMITS && LIMITS[dispiIndex]) return LIMITS[dispiIndex];
  return dispi[dispiIndex] ?? 0;
}

export function writeDispi(state: VgaState, memory: MemoryBlock, value: number): void {
  const { dispi, dispiIndex: index } = state;
  switch (index) {
    case Dispi.ID:
      if (value >= DISPI_IDS.FIRST && value <= DISPI_IDS.LAST) dispi[index] = value;
      return;
    case Dispi.WIDTH:
    case Dispi.HEIGHT:
    case Dispi.BITS:
    case Dispi.VIRTUAL_WIDTH:
    case Dispi.X:
    case Dispi.Y:
      dispi[index] = value;
      fit(state, memory.bytes);
      return programVga(state);
    case Dispi.BANK:
      state.bank = dispi[index] = value & (memory.bytes / 0x1_0000 - 1);
      return;
    case Dispi.ENABLE:
      if (value & DISPI_ENABLED && !isEnabled(state)) enable(state, memory, value);
      else state.bank = 0;
      dispi[index] = value;
  }
}

function enable(state: VgaState, memory: MemoryBlock, value: number): void {
  const { dispi } = state;
  dispi[Dispi.VIRTUAL_WIDTH] = dispi[Dispi.X] = dispi[Dispi.Y] = 0;
  dispi[Dispi.ENABLE]! |= DISPI_ENABLED;
  fit(state, memory.bytes);
  programVga(state);
  if (value & DISPI_KEEPS_MEMORY) return;
  const end = dispi[Dispi.HEIGHT]! * state.lineBytes;
  for (let at = 0; at < end; at += CHUNK) memory.write(at, new Uint8Array(Math.min(CHUNK, end - at)));
}

/** Values that cannot be are changed to near ones that can. */
function fit(state: VgaState, bytes: number): void {
  if (!isEnabled(state)) return;
  const { dispi } = state;
  const { WIDTH, HEIGHT, BITS, VIRTUAL_WIDTH, VIRTUAL_HEIGHT, X, Y } = Dispi;
  if (![4, 8, 15, 16, 24, 32].includes(dispi[BITS]!)) dispi[BITS] = 8;
  const bits = dispi[BITS] === 15 ? 16 : dispi[BITS]!;
  dispi[WIDTH] = Math.min(dispi[WIDTH]! & ~7 || 8, DISPI_MOST.WIDTH);
  dispi[VIRTUAL_WIDTH] = Math.max(Math.min(dispi[VIRTUAL_WIDTH]! & ~7, DISPI_MOST.WIDTH), dispi[WIDTH]);
  const line = (dispi[VIRTUAL_WIDTH] * bits) / 8;
  const lines = Math.floor(bytes / line);
  dispi[HEIGHT] = Math.min(dispi[HEIGHT]! || 1, DISPI_MOST.HEIGHT, lines);
  dispi[X] = Math.min(dispi[X]!, DISPI_MOST.WIDTH);
  dispi[Y] = Math.min(dispi[Y]!, DISPI_MOST.HEIGHT);
  const end = dispi[HEIGHT] * line;
  const right = (): number => Math.floor((dispi[X]! * bits) / 8);
  if (right() + dispi[Y] * line + end > bytes) {
    dispi[Y] = 0;
    if (right() + end > bytes) dispi[X] = 0;
  }
  state.lineBytes = line;
  state.startByte = right() + dispi[Y] * line;
  dispi[VIRTUAL_HEIGHT] = lines & 0xffff;
}

/** The VGA's own registers show the mode while it is on. */
export function programVga(state: VgaState): void {
  if (!isEnabled(state)) return;
  const { crtc, graphics, dispi, dispiSequencer } = state;
  // Graphics, in 64 KB at A0000h.
  graphics[Graphics.MISC] = (graphics[Graphics.MISC]! & ~0x0c) | 5;
  crtc[Crtc.MODE]! |= 3;
  crtc[Crtc.OFFSET] = state.lineBytes >> 3;
  crtc[Crtc.H_DISPLAY] = (dispi[Dispi.WIDTH]! >> 3) - 1;
  const last = dispi[Dispi.HEIGHT]! - 1;
  crtc[Crtc.V_DISPLAY] = last;
  crtc[Crtc.OVERFLOW] =
    (crtc[Crtc.OVERFLOW]! & ~0x42) | ((last >> 7) & 2) | ((last >> 3) & 0x40) | OVERFLOW_LINE_COMPARE;
  crtc[Crtc.LINE_COMPARE] = 0xff;
  crtc[Crtc.MAX_SCAN] = (crtc[Crtc.MAX_SCAN]! | 0x40) & ~0x9f;
  const planar = dispi[Dispi.BITS] === 4;
  if (planar) dispiSequencer[Sequencer.CLOCK]! &= ~8;
  else {
    dispiSequencer[Sequencer.MEMORY]! |= MEMORY_CHAIN4;
    dispiSequencer[Sequencer.MAP_MASK]! |= 15;
  }
  graphics[Graphics.MODE] = (graphics[Graphics.MODE]! & ~0x60) | (planar ? 0 : 0x40);
}
