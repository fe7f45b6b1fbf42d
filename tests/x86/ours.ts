import { Cpu, Engine, type TranslationService } from "../../src/engine/index.ts";
import { FLAG_BITS, state, x86 } from "../../src/isa/x86/index.ts";
import { CODE_32_FLAT, CODE_64 } from "../../src/isa/x86/modes.ts";
import { ARENA, ARENA_BYTES, type Case, type Change, type Outcome, PLACE, PLACE_BYTES } from "./case.ts";

const INT3 = 0xcc;
/** Rounds of the longest repetition. */
const MOST_STEPS = 10_000;

/** A CPU with nothing but the place that cases use. */
export function placeCpu(interpreter: WebAssembly.Module, service?: TranslationService): Cpu {
  const nothing = { mmioRead: () => undefined, mmioWrite: () => false, guest: {} };
  const ports = { portRead: () => 0, portWrite: () => {} };
  const cpu = new Cpu(new Engine(x86, interpreter, [{ name: "ram", bytes: PLACE_BYTES }], { ...nothing, ...ports }));
  cpu.map.place(PLACE, cpu.block("ram"));
  cpu.regions.coldCode = true;
  cpu.regions.minHeat = 1;
  cpu.regions.service = service;
  return cpu;
}

/** Registers and flags as a case begins; its memory is there already. */
export function enterCase(cpu: Cpu, one: Case): void {
  one.r.forEach((value, n) => cpu.writeState(state.r, value, n));
  FLAG_BITS.forEach((bit, n) => cpu.writeState(state.flags, BigInt((one.flags >> bit) & 1), n));
  cpu.writeState(state.eflags, BigInt(one.flags & 0x400));
  cpu.writeState(state.mode, BigInt(one.long ? CODE_64 : CODE_32_FLAT));
  cpu.writeState(state.halted, 0n);
  cpu.writeState(state.pc, BigInt(PLACE + one.offset));
  cpu.position = 0;
  cpu.waiting = false;
  cpu.stateChanged();
}

/** One CPU for many cases. */
export class OurCases {
  private readonly cpu: Cpu;

  constructor(
    interpreter: WebAssembly.Module,
    private readonly arena: Uint8Array,
  ) {
    this.cpu = placeCpu(interpreter);
  }

  run(one: Case): Outcome {
    const { cpu } = this;
    cpu.physical.writeRam(PLACE, new Uint8Array(0x1000).fill(INT3));
    cpu.physical.writeRam(PLACE + one.offset, one.code);
    cpu.physical.writeRam(ARENA, this.arena);
    for (const { offset, bytes } of one.changes) cpu.physical.writeRam(ARENA + offset, bytes);
    const before = cpu.physical.readRam(ARENA, ARENA_BYTES)!.slice();
    const start = PLACE + one.offset;
    enterCase(cpu, one);
    this.writeFpu(one.fpu);
    do cpu.run(cpu.position + 1);
    while (cpu.pc === BigInt(start) && this.read("halted") === 0n && cpu.position < MOST_STEPS);

    const flags = FLAG_BITS.reduce<number>((all, bit, n) => all | (Number(cpu.readState(state.flags, n)) << bit), 0);
    const after = cpu.physical.readRam(ARENA, ARENA_BYTES)!;
    return {
      r: one.r.map((_, n) => cpu.readState(state.r, n)),
      flags: flags | Number(this.read("eflags")),
      ip: cpu.pc,
      trap: this.read("halted") === 2n ? Number(this.read("faultVector")) : undefined,
      changes: differences(before, after),
      fpu: this.readFpu(),
    };
  }

  private read(field: keyof typeof state): bigint {
    return this.cpu.readState(state[field]);
  }

  private writeFpu(_image: Uint8Array): void {}

  private readFpu(): Uint8Array {
    return new Uint8Array(512);
  }
}

/** As native.c tells them: changed stretches begin and end with a changed byte, and have at most 64. */
function differences(before: Uint8Array, after: Uint8Array): Change[] {
  const changes: { offset: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at < before.length; at++) {
    if (before[at] === after[at]) continue;
    const last = changes.at(-1);
    if (last && at - last.offset < 64) last.bytes = after.slice(last.offset, at + 1);
    else changes.push({ offset: at, bytes: after.slice(at, at + 1) });
  }
  return changes;
}
