import { expect } from "vitest";
import type { Cpu } from "../cpu.ts";
import type { TranslationService } from "../regions/translation-service.ts";
import { Translator } from "../translator/index.ts";
import { bootBytes, BYTE_RAM, op, portSays, stateOf, stateOfModel } from "./byte-cpu.ts";
import { bytes, byteState } from "./byte-guest.ts";
import { ByteModel } from "./byte-model.ts";
import { assemble, COUNTER, DATA_POINTER, type Loop, MINUS_ONE, NEXT_LOOP, STACK } from "./byte-program.ts";

/** A page table, pages of code with an address of their own, others that lead to any of them, and pages of data. */
const TABLE = 0x10000;
const CODE = [4, 5, 6, 7];
const ALIASES = [0x20, 0x21, 0x22, 0x23];
const DATA = 10;
const PAGE = 4096;

const translator = new Translator(bytes);
/** Code is there as soon as it is asked for, or comes a few runs later. */
const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
class Later implements TranslationService {
  private readonly ready: (() => void)[] = [];
  request: TranslationService["request"] = (requests, done) => {
    this.ready.push(() => done(translator.answer({ id: 0, requests })));
  };
  arrive(): void {
    while (this.ready.length > 0) this.ready.shift()!();
  }
}

/** One of the things that may happen to a machine, of numbers that mean what it needs; and how far it runs afterwards. */
export interface Move {
  readonly kind:
    "place" | "start" | "remap" | "break" | "watch" | "interrupt" | "write" | "restore" | "unmark" | "evict" | "go";
  readonly a: number;
  readonly b: number;
  readonly steps: number;
  /** Whether code that has been asked for comes now, where it comes late. */
  readonly arrives: boolean;
  readonly loop: Loop;
}

/**
 * CPUs of the byte guest beside its model: one steps, one runs as far as it may, interpreted; one of translated code runs
 * as far as it may, one anyhow, with code that comes late. All that looks at a machine from outside does the same to all.
 */
export class ByteWalk {
  readonly model = new ByteModel(BYTE_RAM);
  readonly cpus: readonly Cpu[];
  stops = 0;
  private readonly translated: readonly Cpu[];
  private readonly later = new Later();
  private readonly loops: { readonly at: number; readonly bytes: Uint8Array; readonly loop: Loop }[] = [];
  private aliased: number[] = [4, 5, 6, 7];
  private breakpoints = new Set<bigint>();
  private watched: { readonly address: bigint; readonly length: number } | undefined;
  /** Where the model came to by something else than the instruction before, in its last run: page in a mode, byte. */
  private reached = new Map<string, readonly [page: number, unit: number]>();
  private pcs: bigint[] = [];

  constructor(interpreter: WebAssembly.Module) {
    this.cpus = [undefined, undefined, atOnce, this.later].map((service) => {
      const cpu = bootBytes(interpreter);
      cpu.regions.service = service;
      cpu.regions.minHeat = 1;
      return cpu;
    });
    this.translated = this.cpus.slice(2);
    // What is no program leads to one.
    this.write(0, new Uint8Array(BYTE_RAM).fill(op("JUMP", NEXT_LOOP)));
    this.write(0x800, Uint8Array.from([op("JUMP", NEXT_LOOP), op("BCC", 4), 0xfd]));
    this.write(0x900, Uint8Array.from([op("INC", 4), op("IRET"), op("BCC", 4), 0xfe]));
    this.unmark();
    this.place({ mode: 0, rounds: 2, place: 0, overlaps: false, body: [] });
    this.start(0, 0);
  }

  step({ kind, a, b, steps, arrives, loop }: Move): void {
    const { model } = this;
    if (kind === "place") this.place(loop);
    else if (kind === "start") this.start(a, b);
    else if (kind === "remap") this.remap(a, b);
    else if (kind === "break") this.setBreakpoints(a, b);
    else if (kind === "watch") this.watch(a, b);
    else if (kind === "interrupt") this.interrupt();
    else if (kind === "write") this.write(this.codeAt(a, b), Uint8Array.of(op("INC", b % 8), a & 0xff, b & 0xff));
    else if (kind === "restore") this.restore();
    else if (kind === "unmark") this.unmark();
    else if (kind === "evict") this.cpus[a % this.cpus.length]!.evictCaches();
    // What this came to is translated before most of it runs.
    for (const part of [1 + (steps >> 4), steps]) {
      if (this.run(model.halted ? 9 : part)) this.stops++;
      this.heat();
      if (arrives) this.later.arrive();
    }
  }

  private write(at: number, bytes: Uint8Array): void {
    this.model.memory.set(bytes, at);
    for (const cpu of this.cpus) cpu.physical.writeRam(at, bytes);
  }

  /** One more program. Every third goes on in the next page. */
  private place(loop: Loop): void {
    const n = this.loops.length;
    const bytes = assemble(loop);
    const offset = n % 3 === 2 ? PAGE - 1 - (loop.place % bytes.length) : (n * 97 + loop.place) % (PAGE - 200);
    this.loops.push({ at: CODE[n % CODE.length]! * PAGE + offset, bytes, loop });
    this.write(this.loops[n]!.at, bytes);
  }

  /** The programs as they were. */
  private restore(): void {
    for (const { at, bytes } of this.loops) this.write(at, bytes);
  }

  private map(page: number, physical: number, bits = 3): void {
    this.write(TABLE + page * 8, new Uint8Array(BigUint64Array.of(BigInt((physical << 12) | bits)).buffer));
  }

  /** The table as at the beginning: nothing that it maps has been used. */
  private unmark(): void {
    for (const page of [0, 1, ...CODE, 8, DATA, DATA + 1, TABLE >> 12]) this.map(page, page);
    ALIASES.forEach((page, n) => this.map(page, this.aliased[n]!));
  }

  private remap(a: number, b: number): void {
    const n = a % ALIASES.length;
    this.aliased[n] = CODE[b % CODE.length]!;
    this.map(ALIASES[n]!, this.aliased[n]!, [3, 3, 3, 3, 3, 1, 1, 0][(a >> 2) % 8]);
  }

  /** A byte of a program, often at the start or end of a page, as a device or debugger would write it. */
  private codeAt(a: number, b: number): number {
    const { at, bytes } = this.loops[a % this.loops.length]!;
    const straddled = at >> 12 < (at + bytes.length) >> 12 && b % 2 === 0;
    return straddled ? ((at >> 12) + 1) * PAGE - 3 + (b % 5) : at + (b % bytes.length);
  }

  /** At the start of a program, with registers as it wants them. */
  private start(a: number, b: number): void {
    const { model, loops } = this;
    const first = loops[a % loops.length]!;
    const second = loops[b % loops.length]!;
    const alias = this.aliased.indexOf(first.at >> 12);
    const virtual = alias >= 0 && a % 2 ? ALIASES[alias]! * PAGE + (first.at % PAGE) : first.at;
    const r = [a, b, 0, 0, b * 7, 0, 0, 0].map(BigInt);
    r[DATA_POINTER] = BigInt(DATA * PAGE + (b % 12 === 0 ? PAGE - 5 : 0x100 + (a % 0x800)));
    r[COUNTER] = BigInt(first.loop.rounds);
    r[MINUS_ONE] = 2n ** 64n - 1n;
    r[NEXT_LOOP] = BigInt(second.at);
    r[STACK] = BigInt(DATA * PAGE + 0xc00 + (b % 16));
    r.forEach((value, n) => (model.r[n] = value));
    Object.assign(model, { pc: BigInt(virtual), mode: first.loop.mode, halted: 0n, enabled: BigInt(a % 3 ? 1 : 0) });
    model.table = b % 6 === 0 ? 0n : BigInt(TABLE);
    if (b % 6 === 0) model.pc = BigInt(first.at);
    for (const cpu of this.cpus) {
      model.r.forEach((value, n) => cpu.writeState(byteState.r, value, n));
      cpu.writeState(byteState.pc, model.pc);
      cpu.writeState(byteState.table, model.table);
      cpu.writeState(byteState.mode, BigInt(model.mode));
      cpu.writeState(byteState.halted, model.halted);
      cpu.writeState(byteState.enabled, model.enabled);
      cpu.stateChanged();
    }
  }

  /** At places where the model was, which are hot, or at none. */
  private setBreakpoints(a: number, b: number): void {
    const { pcs } = this;
    const near = (n: number): bigint => (pcs[n % pcs.length] ?? 0n) + (n % 4 === 0 ? 1n : 0n);
    this.breakpoints = new Set(a % 2 ? [] : [near(a), near(b), BigInt(ALIASES[0]! * PAGE + (b % PAGE))]);
    for (const cpu of this.cpus) cpu.setBreakpoints(this.breakpoints);
  }

  private watch(a: number, b: number): void {
    const near = [this.model.r[DATA_POINTER]! + 8n, this.model.r[STACK]! - 8n, BigInt(DATA * PAGE + (b % PAGE))][
      b % 3
    ]!;
    this.watched = a % 3 ? undefined : { address: BigInt.asUintN(64, near), length: 1 + (a % 8) };
    for (const cpu of this.cpus) cpu.setWatched(this.watched ? [this.watched] : []);
  }

  private readonly touches = (va: bigint, count: number): boolean => {
    const { watched } = this;
    return !!watched && va < watched.address + BigInt(watched.length) && watched.address < va + BigInt(count);
  };

  private interrupt(): void {
    const { model } = this;
    if (!model.enabled) return;
    model.watch = () => false;
    model.interrupt();
    for (const cpu of this.cpus) {
      cpu.hits = undefined;
      cpu.interrupt();
      this.expectSame(cpu);
    }
  }

  /** So many steps of the model, or up to a breakpoint or a watched access after its first. */
  private modelRuns(count: number): boolean {
    const { model, breakpoints } = this;
    const from = model.position;
    model.watch = (va, bytes) => model.position - 1 !== from && this.touches(va, bytes);
    this.reached = new Map();
    this.pcs = [];
    let next = -1n;
    for (let n = 0; n < count; n++) {
      const { pc, mode } = model;
      if (n > 0 && !model.halted && breakpoints.has(pc)) return true;
      if (!model.step((port) => portSays(port, model.position - 1))) return true;
      this.pcs.push(pc);
      const { page, unit } = model.place;
      if (pc !== next) this.reached.set(`${page} ${mode} ${unit}`, [page * 2 + mode, unit]);
      next = model.pc > pc && model.pc < pc + 6n ? model.pc : -1n;
    }
    return false;
  }

  private run(count: number): boolean {
    const from = this.model.position;
    const stopped = this.modelRuns(count);
    this.cpus.forEach((cpu, which) => {
      const goes = (): boolean => cpu.position !== from;
      cpu.hits = { breakpoint: goes, watch: (va, bytes) => goes() && this.touches(va, bytes) };
      const slices = [1, count, count, 1 + ((count * 7) % 211)];
      while (cpu.position < from + count) {
        cpu.waiting = false;
        if (cpu.run(Math.min(from + count, cpu.position + slices[which]!)) !== "budget") break;
      }
      this.expectSame(cpu);
    });
    return stopped;
  }

  private heat(): void {
    for (const cpu of this.translated) for (const place of this.reached.values()) cpu.regions.hot(...place);
  }

  private expectSame(cpu: Cpu): void {
    expect(stateOf(cpu)).toEqual(stateOfModel(this.model));
  }

  expectSameMemory(): void {
    for (const cpu of this.cpus) {
      const memory = cpu.physical.readRam(0, BYTE_RAM)!;
      for (let at = 0; at < BYTE_RAM; at++)
        if (memory[at] !== this.model.memory[at]) expect([at, memory[at]]).toEqual([at, this.model.memory[at]]);
    }
  }

  /** Of the steps of the CPUs that have translated code. */
  get share(): { readonly translated: number; readonly steps: number } {
    const all = this.translated.map((cpu) => cpu.translation!);
    const sum = (of: "translatedSteps" | "steps"): number => all.reduce((total, one) => total + one[of], 0);
    return { translated: sum("translatedSteps"), steps: sum("steps") };
  }
}
