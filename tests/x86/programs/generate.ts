import { ARENA, ARENA_BYTES } from "../case.ts";
import { FpuImages, initialFpu } from "../fpu-image.ts";
import { arenaOf } from "../generate.ts";
import { Random } from "../random.ts";
import { BodyMaker, setRegister, SLOT_BYTES } from "./body.ts";
import { absolute, type Block, type Fixup, type Program, type Unit } from "./program.ts";

const STATUS = 0x8d5;
const [RAX, RCX, RSI, RDI] = [0, 1, 6, 7] as const;

/** A register becomes the address of a block; no flag changes. */
const setAddress = (n: number): { bytes: number[]; at: number } => ({ bytes: [0xb8 | n, 0, 0, 0, 0], at: 1 });

/** Ways out of a block: to `other`, by chance or always, or on to the next one. */
function exit(maker: BodyMaker, random: Random, others: readonly [Block, Block]): Unit {
  const [first, second] = others;
  const relative = (parts: readonly (readonly number[])[], to: Block = first): Unit => {
    const at = parts.flat().length - 4;
    return maker.unit(parts, [{ at, relative: true, to }]);
  };
  const zero = [0, 0, 0, 0];
  const condition = random.below(16);
  const register = random.pick([RAX, RCX, RSI, RDI]);
  const target = setAddress(register);
  const indirect = (extension: number): Unit =>
    maker.unit([target.bytes, [0xff, 0xc0 | (extension << 3) | register]], [{ at: 1, relative: false, to: first }]);
  const ways: readonly (() => Unit)[] = [
    () => relative([[0x0f, 0x80 | condition, ...zero]]),
    () => relative([[0x0f, 0x80 | condition, ...zero]]),
    // A short branch over a near one.
    () =>
      relative([
        [0x70 | condition, 5],
        [0xe9, ...zero],
      ]),
    // JRCXZ, LOOP, LOOPE, LOOPNE over a branch.
    () =>
      relative([
        [0xe0 | random.below(4), 5],
        [0xe9, ...zero],
      ]),
    () => relative([[0xe9, ...zero]]),
    () => relative([[0xe8, ...zero]]),
    () => indirect(4),
    () => indirect(2),
    // Through memory.
    () => {
      const place = ARENA + 8 * random.below(16);
      const store = (at: number, value: readonly number[]): number[] => [0xc7, ...absolute(0, at), ...value];
      const bytes = [store(place, zero), store(place + 4, zero), [0xff, ...absolute(random.pick([2, 4]), place)]];
      return maker.unit(bytes, [{ at: bytes[0]!.length - 4, relative: false, to: first }]);
    },
    // PUSH, RET
    () => maker.unit([[0x68, ...zero], [0xc3]], [{ at: 1, relative: false, to: first }]),
    () => maker.unit([random.chance(0.5) ? [0xc3] : [0xc2, 8 * random.below(3), 0]]),
    // CMOVcc between two.
    () => {
      const [a, b] = [setAddress(RAX), setAddress(RCX)];
      const fixups: Fixup[] = [first, second].map((to, n) => ({ at: 1 + 5 * n, relative: false, to }));
      return maker.unit(
        [a.bytes, b.bytes, [0x0f, 0x40 | condition, 0xc1], [0xff, random.chance(0.5) ? 0xe0 : 0xd0]],
        fixups,
      );
    },
  ];
  return random.pick(ways)();
}

/** Puts one of two instructions where the other one is, by stores of some kind; at times only. */
function patch(maker: BodyMaker, random: Random, slot: Unit): Unit {
  const parts: number[][] = [];
  const fixups: Fixup[] = [];
  const part = (bytes: readonly number[], at?: number, to?: Fixup["to"]): void => {
    if (at !== undefined && to !== undefined) fixups.push({ at: parts.flat().length + at, relative: false, to });
    parts.push([...bytes]);
  };
  const other = slot.other!;
  const changed = [...other.keys()].filter((at) => other[at] !== slot.bytes[at]);
  const delta = (at: number): number => other[at]! ^ slot.bytes[at]!;
  const kind = random.below(4);
  if (kind === 0) {
    // XOR byte: back and forth.
    for (const at of changed) part([0x80, ...absolute(6, 0), delta(at)], 3, { unit: slot, plus: at });
  } else if (kind === 1) {
    const step = random.pick([2, 4]);
    for (let at = 0; at < SLOT_BYTES; at += step) {
      const bytes = Array.from({ length: step }, (_, n) => delta(at + n));
      if (bytes.every((byte) => byte === 0)) continue;
      const prefix = step === 2 ? [0x66] : [];
      part([...prefix, 0x81, ...absolute(6, 0), ...bytes], prefix.length + 3, { unit: slot, plus: at });
    }
  } else if (kind === 2) {
    // MOV: there, and never back.
    for (const at of changed) part([0xc6, ...absolute(0, 0), other[at]!], 3, { unit: slot, plus: at });
  } else {
    // REP MOVSB or MOVSD, from what stands behind the program.
    const wide = random.chance(0.5);
    part([0xfc]);
    part(setAddress(RSI).bytes, 1, { unit: slot, plus: 0, other: true });
    part(setAddress(RDI).bytes, 1, { unit: slot, plus: 0 });
    part(setRegister(maker.long, RCX, BigInt(wide ? SLOT_BYTES / 4 : SLOT_BYTES)));
    part([0xf3, wide ? 0xa5 : 0xa4]);
  }
  // CMP: what XOR leaves undefined is defined again.
  part([0x3d, 1, 2, 3, 4]);
  const skip = parts.flat().length;
  if (random.chance(0.5) && skip < 128) {
    // By a condition, over all of it.
    parts.unshift([0x70 | random.below(16), skip]);
    for (const [n, { at, ...rest }] of fixups.entries()) fixups[n] = { at: at + 2, ...rest };
  }
  return maker.unit(parts, fixups);
}

/** ADD dword to its own immediate, which is another one the next time. */
function patchItself(maker: BodyMaker, random: Random): Unit {
  const bytes = [0x81, ...absolute(0, 0), ...Array.from({ length: 4 }, () => random.below(256))];
  const fixups: Fixup[] = [];
  const unit = maker.unit([bytes], fixups);
  // Any part of the instruction that leaves it one: its immediate.
  fixups.push({ at: 3, relative: false, to: { unit, plus: bytes.length - 4 } });
  return unit;
}

/** The same for the same seed. */
export function makeProgram(seed: number, long: boolean): Program {
  const random = new Random(seed);
  const images = new FpuImages(random);
  const maker = new BodyMaker(long, random, images);
  const bodies = Array.from({ length: 3 + random.below(6) }, (): Unit[] =>
    Array.from({ length: 1 + random.below(6) }, () => (random.chance(0.2) ? maker.slot() : maker.instruction())),
  );
  const slots = bodies.flat().filter(({ other }) => other !== undefined);
  for (const body of bodies) {
    if (random.chance(0.4)) body.unshift(maker.stackPointer());
    if (random.chance(0.1)) body.splice(random.below(body.length + 1), 0, patchItself(maker, random));
    if (slots.length === 0 || random.chance(0.3)) continue;
    const slot = random.pick(slots);
    // Often right before it.
    const home = body.indexOf(slot);
    const at = home >= 0 && random.chance(0.7) ? home : random.below(body.length + 1);
    body.splice(at, 0, patch(maker, random, slot));
  }
  const blocks = bodies.map((body) => ({ body, exit: [] as Unit[] }));
  for (const block of blocks) block.exit.push(exit(maker, random, [random.pick(blocks), random.pick(blocks)]));
  const r = Array.from({ length: 16 }, (_, n) =>
    n === 4 ? BigInt(ARENA + (ARENA_BYTES * 3) / 4) : long ? random.quad() : n < 8 ? random.quad() & 0xffff_ffffn : 0n,
  );
  const arena = arenaOf(seed);
  for (const { offset, bytes } of maker.changes)
    if (offset >= 0 && offset + bytes.length <= ARENA_BYTES) arena.set(bytes, offset);
  const fpu = !long ? initialFpu() : random.chance(0.5) ? images.drawX87() : initialFpu();
  const before = random.below(400);
  const flags = 0x202 | (random.bits() & STATUS);
  return { long, blocks, before, fuel: 4 + random.below(60), r, flags, fpu, arena };
}
