import { createHash } from "node:crypto";
import type { Cpu, TranslationService } from "../../../src/engine/index.ts";
import { FLAG_BITS, reset, state } from "../../../src/isa/x86/index.ts";
import { CODE_32_FLAT, CODE_64, MODES } from "../../../src/isa/x86/modes.ts";
import { CS, DS, ES, SS, systemSlot } from "../../../src/isa/x86/state.ts";
import { ARENA, ARENA_BYTES, PLACE, PLACE_BYTES } from "../case.ts";
import { readFpu, writeFpu } from "../fpu-image.ts";
import { placeCpu, withoutBoard } from "../ours.ts";
import { type Left, MOST_FAULTS, type Placed } from "./native.ts";
import { absolute, CODE_BYTES, FUEL } from "./program.ts";

const PAGE = 0x1000;
/** Between code and arena: tables of interrupts, of segments and of pages, and what an interrupt does. */
const [IDT, GDT, HANDLER, COUNT, TABLES] = [0x9000, 0x9800, 0x9a00, 0x9b00, 0xa000].map((at) => PLACE + at) as [
  number,
  number,
  number,
  number,
  number,
];
const VECTOR = 0x40;
const [CODE_SELECTOR, DATA_SELECTOR] = [8, 16];
const [CODE_32_ATTRIBUTES, CODE_64_ATTRIBUTES, DATA_ATTRIBUTES] = [0xc0_9b00, 0xa0_9b00, 0xc0_9300];
const LIMIT = 0xf_0000;
const INTERRUPT_GATE = 0x8e00;
const [PRESENT_WRITABLE, ENTRIES_64, ENTRIES_32] = [3, 512, 1024];
const CONTROL = { CR0: 0x8001_0033, CR4_32: 0x600, CR4_64: 0x620, EFER: 0x500 };
const IF = 0x200;
const SHUT_DOWN = 2;

const modeOf = (long: boolean): number => (long ? CODE_64 : CODE_32_FLAT);

/** What lies between code and arena: all of the place is mapped, each page for itself. */
function tables(long: boolean): Uint8Array {
  const bytes = new Uint8Array(ARENA - IDT);
  const view = new DataView(bytes.buffer);
  const put = (address: number, value: number): void => view.setUint32(address - IDT, value, true);
  // There is no gate for exceptions: they shut the processor down, and nothing else changes.
  const gate = IDT + VECTOR * (long ? 16 : 8);
  put(gate, (CODE_SELECTOR << 16) | (HANDLER & 0xffff));
  put(gate + 4, ((HANDLER >> 16) << 16) | INTERRUPT_GATE);
  const code = long ? CODE_64_ATTRIBUTES : CODE_32_ATTRIBUTES;
  [code, DATA_ATTRIBUTES].forEach((attributes, n) => {
    put(GDT + 8 * (n + 1), 0xffff);
    put(GDT + 8 * (n + 1) + 4, attributes | LIMIT);
  });
  // INC dword; IRET
  bytes.set([0xff, ...absolute(0, COUNT), ...(long ? [0x48] : []), 0xcf], HANDLER - IDT);
  const [entries, bytesEach] = long ? [ENTRIES_64, 8] : [ENTRIES_32, 4];
  const levels = long ? 4 : 2;
  for (let level = 0; level < levels; level++) {
    const table = TABLES + level * PAGE;
    const index = (address: number): number => Math.floor(address / PAGE / entries ** (levels - 1 - level)) % entries;
    const last = level === levels - 1;
    for (let page = 0; page < (last ? PLACE_BYTES / PAGE : 1); page++) {
      const at = PLACE + page * PAGE;
      put(table + bytesEach * index(at), (last ? at : table + PAGE) | PRESENT_WRITABLE);
    }
  }
  return bytes;
}
const tablesOf = { 64: tables(true), 32: tables(false) };

/** What happens beside a program: to its end, the positions at which interrupts are raised. */
export interface Surroundings {
  readonly interrupts: readonly number[];
}

/** A CPU that runs programs, each from its beginning. */
export class ProgramCpu {
  readonly cpu: Cpu;
  private current: Placed | undefined;
  private interrupts: readonly number[] = [];
  faults = 0;
  private where = 0;
  ended = false;

  /** `between`: before each stretch that it runs, of whatever length. */
  constructor(
    interpreter: WebAssembly.Module,
    service?: TranslationService,
    private readonly between: (cpu: Cpu) => void = () => {},
  ) {
    this.cpu = placeCpu(interpreter, service, { ...withoutBoard, interruptRequest: () => VECTOR });
  }

  load(placed: Placed, { interrupts }: Surroundings): void {
    const { cpu } = this;
    const { program, assembled, arena } = placed;
    const { long } = program;
    Object.assign(this, { current: placed, interrupts, faults: 0, where: 0, ended: false });
    const fuel = new Uint8Array(PAGE);
    new DataView(fuel.buffer).setUint32(0, program.fuel, true);
    cpu.physical.writeRam(PLACE, assembled.code);
    cpu.physical.writeRam(FUEL, fuel);
    cpu.physical.writeRam(IDT, tablesOf[long ? 64 : 32]);
    cpu.physical.writeRam(ARENA, arena);
    cpu.loadState(new Uint8Array(cpu.guest.state.savedBytes));
    reset((field, value, index) => cpu.writeState(field, value, index));
    const system = (name: keyof typeof systemSlot, value: number): void =>
      cpu.writeState(state.system, BigInt(value), systemSlot[name]);
    system("CR0", CONTROL.CR0);
    system("CR3", TABLES);
    system("CR4", long ? CONTROL.CR4_64 : CONTROL.CR4_32);
    system("EFER", long ? CONTROL.EFER : 0);
    system("IDT_BASE", IDT);
    system("GDT_BASE", GDT);
    for (const segment of [ES, CS, SS, DS]) {
      const code = long ? CODE_64_ATTRIBUTES : CODE_32_ATTRIBUTES;
      cpu.writeState(state.selector, BigInt(segment === CS ? CODE_SELECTOR : DATA_SELECTOR), segment);
      cpu.writeState(state.segmentBase, 0n, segment);
      cpu.writeState(state.segmentLimit, 0xffff_ffffn, segment);
      cpu.writeState(state.segmentAttributes, BigInt(segment === CS ? code : DATA_ATTRIBUTES), segment);
    }
    program.r.forEach((value, n) => cpu.writeState(state.r, value, n));
    FLAG_BITS.forEach((bit, n) => cpu.writeState(state.flags, BigInt((program.flags >> bit) & 1), n));
    cpu.writeState(state.eflags, BigInt(IF));
    cpu.writeState(state.mode, BigInt(modeOf(long)));
    cpu.writeState(state.pc, BigInt(PLACE + assembled.entry));
    const saved = cpu.saveState();
    writeFpu(saved, program.fpu);
    cpu.loadState(saved);
    cpu.position = 0;
    cpu.waiting = false;
    cpu.interruptLine = false;
  }

  /** Asks for translations of all blocks, as their execution would later. A page is known once something of it has run. */
  heat(): void {
    const { cpu, current } = this;
    if (!cpu.regions.service || cpu.position === 0) return;
    for (const place of current!.assembled.starts) {
      const page = Math.floor(place / PAGE) * MODES.length + modeOf(current!.program.long);
      cpu.regions.hot(page, place % PAGE);
    }
  }

  /** To a position, in stretches of such lengths, or to the program's end before it. */
  advance(end: number, stretch: () => number): void {
    const { cpu } = this;
    while (!this.ended && cpu.position < end) {
      this.between(cpu);
      if (this.passFault()) continue;
      const [next] = this.interrupts;
      if (next !== undefined && cpu.position >= next) {
        this.interrupts = this.interrupts.slice(1);
        cpu.interruptLine = true;
      }
      if (cpu.interruptLine && cpu.interruptible()) {
        cpu.interrupt();
        cpu.interruptLine = false;
        continue;
      }
      const until = Math.min(end, cpu.position + stretch());
      const raise = cpu.interruptLine ? undefined : this.interrupts[0];
      cpu.run(raise === undefined ? until : Math.min(until, Math.max(raise, cpu.position + 1)));
    }
    this.passFault();
  }

  /** After a fault: on behind it, as programs.c does. */
  private passFault(): boolean {
    const { cpu } = this;
    if (Number(cpu.readState(state.halted)) !== SHUT_DOWN) return false;
    const offset = Number(cpu.pc) - PLACE;
    const breakpoint = Number(cpu.readState(state.faultVector)) === 3;
    const inside = offset >= 0 && offset < CODE_BYTES;
    const place = inside ? this.current!.assembled.places.find((one) => one > offset) : undefined;
    if (breakpoint || this.faults === MOST_FAULTS || place === undefined) {
      this.ended = true;
      return true;
    }
    this.faults++;
    this.where = (Math.imul(this.where, 31) + Number(BigInt.asUintN(32, cpu.pc))) >>> 0;
    cpu.writeState(state.halted, 0n);
    cpu.writeState(state.pc, BigInt(PLACE + place));
    cpu.waiting = false;
    cpu.stateChanged();
    return true;
  }

  /** What names the state. */
  snapshot(): string {
    const { cpu } = this;
    const hash = createHash("sha1").update(cpu.saveState());
    for (let page = 0; page < PLACE_BYTES / PAGE; page++) hash.update(cpu.pages.view(page));
    return `${cpu.position} ${this.faults} ${this.ended} ${hash.digest("hex")}`;
  }

  left(): Left {
    const { cpu } = this;
    const saved = cpu.saveState();
    const view = new DataView(saved.buffer);
    const flags = FLAG_BITS.reduce<number>((all, bit, n) => all | (view.getUint8(state.flags.offset + n) << bit), 0);
    return {
      r: Array.from({ length: 16 }, (_, n) => cpu.readState(state.r, n)),
      flags: flags | view.getUint32(state.eflags.offset, true),
      ip: cpu.pc,
      faults: this.faults,
      where: this.where,
      fuel: new DataView(cpu.physical.readRam(FUEL, 8)!.slice().buffer).getBigUint64(0, true),
      fpu: readFpu(saved),
      code: cpu.physical.readRam(PLACE, CODE_BYTES)!.slice(),
      arena: cpu.physical.readRam(ARENA, ARENA_BYTES)!.slice(),
    };
  }
}
