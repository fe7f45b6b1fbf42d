import type { MemoryBlock } from "../../memory.ts";
import { Graphics, MEMORY_CHAIN4, MODE_ODD_EVEN, MODE_READ_COMPARE, Sequencer } from "./registers.ts";
import type { VgaState } from "./state.ts";

/** A bit for each plane: all bits of its byte in a word of four. */
function spread(planes: number): number {
  return (
    (((planes & 1) * 0xff) | ((planes & 2) * 0x7f80) | ((planes & 4) * 0x3fc000) | ((planes & 8) * 0x1fe00000)) >>> 0
  );
}

/** A byte in each plane. */
const repeated = (byte: number): number => Math.imul(byte, 0x01010101) >>> 0;

/** How the processor sees video memory at A0000h: by chain, by odd and even addresses, or four planes at a time. */
export interface Access {
  readonly state: VgaState;
  readonly sequencer: Uint8Array;
  readonly memory: MemoryBlock;
}

/** Whether a read changes the latches. */
export function latches({ state, sequencer }: Access): boolean {
  return !(sequencer[Sequencer.MEMORY]! & MEMORY_CHAIN4) && !(state.graphics[Graphics.MODE]! & MODE_ODD_EVEN);
}

/** The offset in video memory; undefined: there is none at this address. */
export function windowOffset({ state }: Access, address: number): number | undefined {
  const map = (state.graphics[Graphics.MISC]! >> 2) & 3;
  if (map === 0) return address;
  if (map === 1) return address < 0x10000 ? address + state.bank * 0x10000 : undefined;
  const start = map === 2 ? 0x10000 : 0x18000;
  return address >= start && address < start + 0x8000 ? address - start : undefined;
}

export function readByte(access: Access, offset: number): number {
  const { state, sequencer, memory } = access;
  const { graphics } = state;
  if (sequencer[Sequencer.MEMORY]! & MEMORY_CHAIN4) return memory.read(offset, 1)[0]!;
  if (graphics[Graphics.MODE]! & MODE_ODD_EVEN) {
    const at = oddEven(state, offset);
    return at < memory.bytes ? memory.read(at, 1)[0]! : 0xff;
  }
  if (4 * offset >= memory.bytes) return 0xff;
  state.latch = readWord(memory, offset);
  const plane = graphics[Graphics.READ_MAP]!;
  if (!(graphics[Graphics.MODE]! & MODE_READ_COMPARE)) return (state.latch >>> (8 * plane)) & 0xff;
  const others = (state.latch ^ spread(graphics[Graphics.COMPARE]!)) & spread(graphics[Graphics.DONT_CARE]!);
  const folded = others | (others >>> 16);
  return ~(folded | (folded >>> 8)) & 0xff;
}

export function writeByte(access: Access, offset: number, value: number): void {
  const { state, sequencer, memory } = access;
  const { graphics } = state;
  const mapMask = sequencer[Sequencer.MAP_MASK]!;
  if (sequencer[Sequencer.MEMORY]! & MEMORY_CHAIN4) {
    if (mapMask & (1 << (offset & 3))) memory.write(offset, Uint8Array.of(value));
  } else if (graphics[Graphics.MODE]! & MODE_ODD_EVEN) {
    const at = oddEven(state, offset);
    if (mapMask & (1 << (at & 3)) && at < memory.bytes) memory.write(at, Uint8Array.of(value));
  } else if (4 * offset < memory.bytes) {
    const mask = spread(mapMask);
    const before = mask === 0xffff_ffff ? 0 : readWord(memory, offset);
    writeWord(memory, offset, (before & ~mask) | (planesOf(state, value) & mask));
  }
}

function oddEven({ graphics }: VgaState, offset: number): number {
  return ((offset & ~1) << 1) | (graphics[Graphics.READ_MAP]! & 2) | (offset & 1);
}

/** What is written to the four planes, by write mode. */
function planesOf(state: VgaState, value: number): number {
  const { graphics, latch } = state;
  const mode = graphics[Graphics.MODE]! & 3;
  const rotate = graphics[Graphics.ROTATE]! & 7;
  const rotated = ((value >> rotate) | (value << (8 - rotate))) & 0xff;
  const setReset = spread(graphics[Graphics.SET_RESET]!);
  let bits = graphics[Graphics.BIT_MASK]!;
  let planes: number;
  if (mode === 1) return latch;
  if (mode === 2) planes = spread(value & 15);
  else if (mode === 3) {
    planes = setReset;
    bits &= rotated;
  } else {
    const enabled = spread(graphics[Graphics.ENABLE_SET_RESET]!);
    planes = (repeated(rotated) & ~enabled) | (setReset & enabled);
  }
  const mask = repeated(bits);
  return (combined(graphics[Graphics.ROTATE]! >> 3, planes, latch) & mask) | (latch & ~mask);
}

/** The logical operation with the latches. */
function combined(operation: number, planes: number, latch: number): number {
  switch (operation) {
    case 1:
      return planes & latch;
    case 2:
      return planes | latch;
    case 3:
      return planes ^ latch;
    default:
      return planes;
  }
}

function readWord(memory: MemoryBlock, index: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = memory.read(4 * index, 4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

function writeWord(memory: MemoryBlock, index: number, word: number): void {
  memory.write(4 * index, Uint8Array.of(word, word >>> 8, word >>> 16, word >>> 24));
}
