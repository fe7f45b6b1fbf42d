import { state } from "../../src/isa/x86/state.ts";
import { Values } from "../differential/values.ts";
import type { Random } from "./random.ts";
import { drawNumber } from "./x87-values.ts";

/** The state of x87 and SSE as FXSAVE lays it out (volume 1, table 10-2), and as our state block does. */

const [CONTROL, STATUS, TAGS, MXCSR, STACK, XMM] = [0, 2, 4, 24, 32, 160];

/** Bytes of an image whose meaning we compare: control, status, tags; MXCSR; significands and exponents; XMM registers. */
export const COMPARED: readonly (readonly [what: string, from: number, to: number])[] = [
  ["x87 control", CONTROL, CONTROL + 2],
  ["x87 status", STATUS, STATUS + 2],
  ["x87 tags", TAGS, TAGS + 1],
  ["mxcsr", MXCSR, MXCSR + 4],
  ...Array.from({ length: 8 }, (_, n) => [`st${n}`, STACK + 16 * n, STACK + 16 * n + 10] as const),
  ...Array.from({ length: 16 }, (_, n) => [`xmm${n}`, XMM + 16 * n, XMM + 16 * n + 16] as const),
];

const topOf = (status: number): number => (status >> 11) & 7;

/** Into a state block. */
export function writeFpu(block: Uint8Array<ArrayBuffer>, image: Uint8Array): void {
  const [to, from] = [new DataView(block.buffer), new DataView(image.buffer, image.byteOffset)];
  const status = from.getUint16(STATUS, true);
  to.setUint16(state.fpuControl.offset, from.getUint16(CONTROL, true), true);
  to.setUint16(state.fpuStatus.offset, status, true);
  to.setUint32(state.mxcsr.offset, from.getUint32(MXCSR, true), true);
  for (let n = 0; n < 8; n++) {
    const register = (n + topOf(status)) & 7;
    to.setBigUint64(state.significand.offset + 8 * register, from.getBigUint64(STACK + 16 * n, true), true);
    to.setUint16(state.exponent.offset + 2 * register, from.getUint16(STACK + 16 * n + 8, true), true);
    to.setUint8(state.fpuEmpty.offset + n, ~(image[TAGS]! >> n) & 1);
  }
  block.set(image.subarray(XMM, XMM + 256), state.xmm.offset);
}

/** From a state block. */
export function readFpu(block: Uint8Array<ArrayBuffer>): Uint8Array {
  const image = new Uint8Array(512);
  const [from, to] = [new DataView(block.buffer), new DataView(image.buffer)];
  const status = from.getUint16(state.fpuStatus.offset, true);
  to.setUint16(CONTROL, from.getUint16(state.fpuControl.offset, true), true);
  to.setUint16(STATUS, status, true);
  to.setUint32(MXCSR, from.getUint32(state.mxcsr.offset, true), true);
  for (let n = 0; n < 8; n++) {
    const register = (n + topOf(status)) & 7;
    to.setBigUint64(STACK + 16 * n, from.getBigUint64(state.significand.offset + 8 * register, true), true);
    to.setUint16(STACK + 16 * n + 8, from.getUint16(state.exponent.offset + 2 * register, true), true);
    image[TAGS]! |= (1 - from.getUint8(state.fpuEmpty.offset + n)) << n;
  }
  image.set(block.subarray(state.xmm.offset, state.xmm.offset + 256), XMM);
  return image;
}

/** As FNINIT leaves it. */
export function initialFpu(): Uint8Array {
  const view = new DataView(new ArrayBuffer(512));
  view.setUint16(CONTROL, 0x37f, true);
  view.setUint32(MXCSR, 0x1f80, true);
  return new Uint8Array(view.buffer);
}

const MASKS = 0x1f80;
const FLAGS = 0x3f;
const [DAZ, FTZ, ROUNDING] = [1 << 6, 1 << 15, 3 << 13];

const EXCEPTIONS = 0x3f;
const PENDING = 0x8080;
const CONDITIONS = 0x4700;

/** Makes images for cases. */
export class FpuImages {
  private readonly values: Values;
  private readonly words = new Int32Array(128);

  constructor(private readonly random: Random) {
    this.values = new Values(random);
  }

  draw(): Uint8Array {
    const { random, words } = this;
    const image = initialFpu();
    const view = new DataView(image.buffer);
    this.values.vectors(words, 0);
    words.subarray(0, 64).forEach((word, n) => view.setInt32(XMM + 4 * n, word, true));
    for (let n = 0; n < 8; n++) {
      view.setBigUint64(STACK + 16 * n, random.quad(), true);
      view.setUint16(STACK + 16 * n + 8, random.below(0x1_0000), true);
    }
    // Before instructions of MMX come exceptions of x87.
    const pending = random.below(24) === 0;
    if (pending) view.setUint16(CONTROL, 0x37e, true);
    view.setUint16(STATUS, (random.below(8) << 11) | (pending ? PENDING | 1 : 0), true);
    image[TAGS] = random.below(256);
    view.setUint32(MXCSR, this.mxcsr(), true);
    return image;
  }

  /** With numbers of all kinds, and modes and exceptions of x87. */
  drawX87(): Uint8Array {
    const { random } = this;
    const image = this.draw();
    const view = new DataView(image.buffer);
    const near = random.between(-70, 70);
    for (let n = 0; n < 8; n++) {
      const { significand, head } = drawNumber(random, near);
      view.setBigUint64(STACK + 16 * n, significand, true);
      view.setUint16(STACK + 16 * n + 8, head, true);
    }
    const top = random.below(8);
    const masks = random.below(3) ? EXCEPTIONS : random.below(64);
    const control = 0x40 | masks | (random.pick([0, 2, 3, 3]) << 8) | (random.below(4) << 10);
    const flags = random.below(2) ? random.below(128) : 0;
    const told = random.below(16) ? flags & (masks | 64) : flags;
    const pending = told & ~masks & EXCEPTIONS ? PENDING : 0;
    view.setUint16(CONTROL, control, true);
    view.setUint16(STATUS, told | pending | (top << 11) | (random.below(2) ? random.bits() & CONDITIONS : 0), true);
    const last = 1 << ((top + 7) & 7);
    image[TAGS] = random.pick([0xff, 0xff, 0xff & ~last, 0xff & ~last, 0xff & ~last, random.below(256)]);
    return image;
  }

  private mxcsr(): number {
    const { random } = this;
    const some = (bits: number, one: number): number => (random.below(one) === 0 ? random.bits() & bits : 0);
    const modes = some(ROUNDING, 2) | some(DAZ, 2) | some(FTZ, 2);
    const masks = random.below(4) ? MASKS : MASKS & ~(random.bits() & random.bits());
    return modes | masks | some(FLAGS, 2) | some(0x20, 2);
  }
}
