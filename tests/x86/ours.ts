import { Cpu, Engine, type TranslationService } from "../../src/engine/index.ts";
import type { StateField } from "../../src/isa/index.ts";
import { FLAG_BITS, state, x86 } from "../../src/isa/x86/index.ts";
import { CODE_32_FLAT, CODE_64 } from "../../src/isa/x86/modes.ts";
import { systemSlot } from "../../src/isa/x86/state.ts";
import { ARENA, type Case, type Change, type Outcome, PLACE, PLACE_BYTES } from "./case.ts";
import { readFpu, writeFpu } from "./fpu-image.ts";

const INT3 = 0xcc;
/** Rounds of the longest repetition. */
const MOST_STEPS = 10_000;

/** As an operating system has them, but without paging: protection, x87; FXSAVE and #XM. */
const CR0 = 0x33;
const CR4 = 0x600;

const PAGE = 0x1000;
/** The block of RAM begins at PLACE. */
const ARENA_PAGE = (ARENA - PLACE) / PAGE;

/** No board: nothing is asked of the processor. */
export const withoutBoard = {
  interruptRequest: (): number => 0,
  acknowledgeInterrupt: (): void => {},
  taskPriority: (): number => 0,
  setTaskPriority: (): void => {},
  apicBase: (): bigint => 0xfee0_0900n,
  setApicBase: (): void => {},
  floatingPointError: (): void => {},
  floatingPointErrorEnds: (): void => {},
};

/** A CPU with nothing but the place that cases use. */
export function placeCpu(interpreter: WebAssembly.Module, service?: TranslationService, guest = withoutBoard): Cpu {
  const nothing = { mmioRead: () => undefined, mmioWrite: () => false, guest };
  const ports = { portRead: () => 0, portWrite: () => {} };
  const cpu = new Cpu(new Engine(x86, interpreter, [{ name: "ram", bytes: PLACE_BYTES }], { ...nothing, ...ports }));
  cpu.map.place(PLACE, cpu.block("ram"));
  cpu.regions.coldCode = true;
  cpu.regions.minHeat = 1;
  cpu.regions.service = service;
  return cpu;
}

/** Writes a case's registers and flags into a saved state. */
function writeCase(bytes: Uint8Array<ArrayBuffer>, one: Case, cr0: number, cr4: number): void {
  const view = new DataView(bytes.buffer);
  const quad = (field: StateField, value: bigint, n = 0): void => view.setBigUint64(field.offset + 8 * n, value, true);
  one.r.forEach((value, n) => quad(state.r, value, n));
  FLAG_BITS.forEach((bit, n) => view.setUint8(state.flags.offset + n, (one.flags >> bit) & 1));
  view.setUint32(state.eflags.offset, one.flags & 0x400, true);
  view.setUint8(state.mode.offset, one.long ? CODE_64 : CODE_32_FLAT);
  view.setUint8(state.a20.offset, 1);
  quad(state.pc, BigInt(PLACE + one.offset));
  quad(state.system, BigInt(cr0), systemSlot["CR0"]);
  quad(state.system, BigInt(cr4), systemSlot["CR4"]);
  writeFpu(bytes, one.fpu);
}

/**
 * The CPU as a case begins; its memory is there already. There is no table of interrupts: any exception shuts it down, and
 * nothing else changes. `begin`: a state that nothing has been done to.
 */
export function enterCase(cpu: Cpu, begin: Uint8Array<ArrayBuffer>, one: Case, cr0 = CR0, cr4 = CR4): void {
  writeCase(begin, one, cr0, cr4);
  cpu.loadState(begin);
  cpu.position = 0;
  cpu.waiting = false;
}

/** One CPU for many cases. */
export class OurCases {
  private readonly cpu: Cpu;
  private readonly begin: Uint8Array<ArrayBuffer>;
  private readonly before: Uint8Array<ArrayBuffer>;

  constructor(
    interpreter: WebAssembly.Module,
    private readonly arena: Uint8Array,
  ) {
    this.cpu = placeCpu(interpreter);
    this.begin = this.cpu.saveState();
    this.before = Uint8Array.from(arena);
    this.cpu.physical.writeRam(PLACE, new Uint8Array(0x1000).fill(INT3));
    this.cpu.physical.writeRam(ARENA, arena);
  }

  run(one: Case, { cr0 = CR0, cr4 = CR4 } = {}): Outcome {
    const { cpu, before } = this;
    const start = PLACE + one.offset;
    cpu.physical.writeRam(start, one.code);
    for (const { offset, bytes } of one.changes) {
      cpu.physical.writeRam(ARENA + offset, bytes);
      before.set(bytes, offset);
    }
    cpu.pages.beginEpoch();
    enterCase(cpu, this.begin, one, cr0, cr4);
    const halted = (): number => Number(cpu.readState(state.halted));
    do cpu.run(cpu.position + 1);
    while (cpu.pc === BigInt(start) && halted() === 0 && cpu.position < MOST_STEPS);

    const saved = cpu.saveState();
    const view = new DataView(saved.buffer);
    const changes = this.changes();
    cpu.physical.writeRam(start, new Uint8Array(one.code.length).fill(INT3));
    for (const { offset, bytes } of [...changes, ...one.changes]) this.putBack(offset, bytes.length);
    const flags = FLAG_BITS.reduce<number>((all, bit, n) => all | (view.getUint8(state.flags.offset + n) << bit), 0);
    return {
      r: one.r.map((_, n) => view.getBigUint64(state.r.offset + 8 * n, true)),
      flags: flags | view.getUint32(state.eflags.offset, true),
      ip: cpu.pc,
      trap: halted() === 2 ? Number(cpu.readState(state.faultVector)) : undefined,
      changes,
      fpu: readFpu(saved),
    };
  }

  /** As native.c tells them. Only pages that were written are looked at. */
  private changes(): Change[] {
    const pages = this.cpu.pages.beginEpoch().filter((page) => page >= ARENA_PAGE);
    const found: { offset: number; bytes: Uint8Array }[] = [];
    for (const page of [...pages].sort((a, b) => a - b))
      addDifferences(found, PAGE * (page - ARENA_PAGE), this.before, this.cpu.pages.view(page));
    return found;
  }

  private putBack(offset: number, length: number): void {
    const bytes = this.arena.slice(offset, offset + length);
    this.cpu.physical.writeRam(ARENA + offset, bytes);
    this.before.set(bytes, offset);
  }
}

/** Changed stretches begin and end with a changed byte, and have at most 64. `start`: of the page, in the arena. */
function addDifferences(
  changes: { offset: number; bytes: Uint8Array }[],
  start: number,
  arena: Uint8Array<ArrayBuffer>,
  page: Uint8Array,
): void {
  const before = new Uint32Array(arena.buffer, start, PAGE / 4);
  const after = new Uint32Array(page.buffer, page.byteOffset, PAGE / 4);
  for (let word = 0; word < PAGE / 4; word++) {
    if (before[word] === after[word]) continue;
    for (let at = 4 * word; at < 4 * word + 4; at++) {
      if (arena[start + at] === page[at]) continue;
      const last = changes.at(-1);
      if (last && start + at - last.offset < 64) {
        const bytes = arena.slice(last.offset, start + at + 1);
        bytes.set(last.bytes);
        for (let n = Math.max(last.offset, start); n <= start + at; n++) bytes[n - last.offset] = page[n - start]!;
        last.bytes = bytes;
      } else changes.push({ offset: start + at, bytes: page.slice(at, at + 1) });
    }
  }
}
