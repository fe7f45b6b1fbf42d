import { Cpu, Engine, type TranslationService } from "../../../src/engine/index.ts";
import {
  type DebugTarget,
  FLAG_BITS,
  type ModelName,
  reset,
  state,
  x86,
  X86Debug,
} from "../../../src/isa/x86/index.ts";
import { CODE_64 } from "../../../src/isa/x86/modes.ts";
import { CS, FS, GS, type SystemSlot, systemSlot } from "../../../src/isa/x86/state.ts";
import { withoutBoard } from "../ours.ts";
import { type Program, START } from "./program.ts";
import { EXTENDED, GENERAL, type Registers, SELECTORS } from "./registers.ts";

const RAM_BYTES = 1 << 24;
const LOW_ROM = 0xf_0000;
const HIGH_ROM = 0xffff_0000;

/** What is asked of the processor: a vector, or 0x100. */
export interface Requests {
  request: number;
  acknowledged: number;
}

/** Our CPU with a program. */
export class Ours {
  constructor(
    readonly cpu: Cpu,
    private readonly run: (until: number) => unknown = (until) => cpu.run(until),
    readonly board: Requests = { request: 0, acknowledged: 0 },
  ) {}

  /** With RAM, a ROM, and nothing else. */
  static bare(
    interpreter: WebAssembly.Module,
    { ram, rom }: Program,
    model: ModelName = "qemu64",
    service?: TranslationService,
  ): Ours {
    const board: Requests = { request: 0, acknowledged: 0 };
    const blocks = [
      { name: "ram", bytes: RAM_BYTES },
      { name: "rom", bytes: rom.length },
    ];
    const host = {
      mmioRead: (_: number, bytes: number) => 2 ** (8 * bytes) - 1,
      mmioWrite: () => true,
      portRead: () => -1,
      portWrite: () => {},
      guest: {
        ...withoutBoard,
        interruptRequest: (blocked: number) => (blocked !== 0 && board.request === 0x100 ? -1 : board.request),
        acknowledgeInterrupt: () => void board.acknowledged++,
      },
    };
    const cpu = new Cpu(new Engine(x86, interpreter, blocks, host));
    cpu.regions.coldCode = true;
    cpu.regions.minHeat = 1;
    cpu.regions.service = service;
    cpu.map.place(0, cpu.block("ram"));
    cpu.map.place(HIGH_ROM, cpu.block("rom"));
    cpu.physical.writeRam(HIGH_ROM, rom);
    cpu.physical.writeRam(LOW_ROM, rom);
    cpu.physical.writeRam(START, ram);
    reset((field, value, index) => cpu.writeState(field, BigInt.asUintN(8 * field.size, value), index), model);
    cpu.position = 0;
    cpu.stateChanged();
    return new Ours(cpu, undefined, board);
  }

  /** A debug exception is a step by itself here. */
  step(): void {
    const { cpu } = this;
    const once = (): unknown => this.run(cpu.position + 1);
    once();
    if (cpu.readState(state.stepped) !== 0n) once();
  }

  /** As debuggers see it. */
  debug(target: DebugTarget): X86Debug {
    const { cpu } = this;
    const debug: X86Debug = new X86Debug(
      {
        read: (field, index) => cpu.readState(field, index),
        write: (field, value, index) => cpu.writeState(field, value, index),
        readVirtual: (address, length) => {
          const physical = debug.translate(address);
          return physical === undefined ? undefined : cpu.physical.read(physical, length);
        },
        readPhysical: (address, length) => cpu.physical.read(address, length),
        translate: (address) => cpu.translate(address),
        host: (name) => withoutBoard[name as keyof typeof withoutBoard](),
        position: () => cpu.position,
        nowNs: () => 0,
      },
      target,
    );
    return debug;
  }

  get shutDown(): boolean {
    return this.cpu.readState(state.halted) === 2n;
  }

  memory(address: number, length: number): Uint8Array {
    return this.cpu.physical.readRam(address, length)!;
  }

  /** Runs to a position, in long runs. */
  runTo(position: number): void {
    while (this.cpu.position < position) this.cpu.run(position);
  }

  /** As the reference shows them: what code that is not 64-bit has no name for is cut off. */
  registers(): Registers {
    const { cpu } = this;
    const long = Number(cpu.readState(state.mode)) === CODE_64;
    const cut = (value: bigint): bigint => (long ? value : value & 0xffff_ffffn);
    const values = new Map<string, bigint>();
    GENERAL.forEach((name, n) => values.set(name, cut(cpu.readState(state.r, n))));
    EXTENDED.forEach((name, n) => values.set(name, long ? cpu.readState(state.r, n + 8) : 0n));
    const base = cpu.readState(state.segmentBase, CS);
    values.set("rip", long ? cpu.pc : (cpu.pc - base) & 0xffff_ffffn);
    const conditions = FLAG_BITS.reduce((all, bit, n) => all | (cpu.readState(state.flags, n) << BigInt(bit)), 2n);
    values.set("eflags", conditions | cpu.readState(state.eflags));
    SELECTORS.forEach((name, n) => values.set(name, cpu.readState(state.selector, n)));
    const bases = { fs_base: FS, gs_base: GS };
    for (const [name, index] of Object.entries(bases)) values.set(name, cpu.readState(state.segmentBase, index));
    values.set("k_gs_base", this.system("KERNEL_GS_BASE"));
    for (const slot of ["CR0", "CR2", "CR3", "CR4", "EFER"] as const) values.set(slot.toLowerCase(), this.system(slot));
    return { values };
  }

  private system(slot: SystemSlot): bigint {
    return this.cpu.readState(state.system, systemSlot[slot]);
  }
}
