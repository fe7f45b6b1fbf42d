import { assert } from "../base/index.ts";
import { ACCESS_PEEK, ACCESS_READ, ACCESS_WRITE, type Guest, type Routine, type StateField } from "../isa/index.ts";
import { Breakpoints, type BreakPlaces } from "./code/breakpoints.ts";
import type { PredecodedCode } from "./code/predecoded.ts";
import { RUN_ENGINE } from "./code/run-layout.ts";
import { predecode } from "./code/predecode.ts";
import { fingerprint } from "./interpreter/fingerprint.ts";
import { Footprint } from "./memory/footprint.ts";
import {
  ENGINE,
  EXIT_BREAKPOINT,
  EXIT_WATCHPOINT,
  FIRST_HANDLER,
  FAULT_EXCEPTION,
  FAULT_WATCH,
  FOOTPRINT,
  FOOTPRINT_BYTES,
  MAX_PAGES,
  PAGE_FLAGS,
  PAGE_STORES,
  PAGE_WAS_WALKED,
  RAM,
  STATE,
} from "./layout.ts";
import { HANDLERS } from "./interpreter/handler-lowering.ts";
import { routineName } from "./interpreter/lowering.ts";
import type { TranslationStatistics } from "./regions/region-counters.ts";
import { Regions } from "./regions/regions.ts";
import { RamPages } from "./memory/pages.ts";
import { type Block, type BlockSpec, layOut } from "./memory/blocks.ts";
import { PhysicalMap } from "./memory/physical-map.ts";
import { PhysicalMemory } from "./memory/physical-memory.ts";
import { readField, writeField } from "./state-access.ts";
import { WatchedMemory, type WatchedRange } from "./memory/watched-memory.ts";

/** What the CPU asks of the board it stands on. */
export interface CpuHost {
  /** A device's register; undefined when nothing answers at this physical address. */
  mmioRead(address: number, bytes: number): number | undefined;
  /** False when nothing answers. */
  mmioWrite(address: number, bytes: number, value: number): boolean;
  /** For a guest that has ports. Unsigned; all ones when nobody answers. */
  portRead?(port: number, bytes: number): number;
  portWrite?(port: number, bytes: number, value: number): void;
  /** The functions that Guest.host declares; i64 are bigint. */
  readonly guest: Readonly<Record<string, (...args: never[]) => number | bigint | void>>;
}

/** Decides about a breakpoint or watched access before it happens: true stops there. */
export interface CpuHits {
  breakpoint(pc: bigint): boolean;
  watch(address: bigint, bytes: number, write: boolean): boolean;
  /** RAM is written by something else than an instruction. */
  hostWrites?(physical: number, bytes: number): void;
}

export type CpuExit = "budget" | "breakpoint" | "watchpoint";

type Exports = Record<string, (...args: (number | bigint)[]) => number | bigint | undefined>;

const STALE = "this interpreter was made from other sources: npm run build:interpreter";
const MAX_RUN = 2 ** 30;
const PEEK = ACCESS_READ | ACCESS_PEEK;

/** One CPU with its RAM: the generated interpreter and the TypeScript that it calls. Knows steps, not devices. */
export class Cpu {
  readonly memory: WebAssembly.Memory;
  readonly pages: RamPages;
  /** Where physical addresses lead. */
  readonly map: PhysicalMap;
  readonly physical: PhysicalMemory;
  private readonly blocks: ReadonlyMap<string, Block>;
  hits: CpuHits | undefined;

  /** Made by `run` since this CPU was made, in any history. */
  private steps = 0;
  private readonly exports: Exports;
  private readonly code: PredecodedCode;
  /** Translated code; its service decides whether there is any. */
  readonly regions: Regions;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly ints: Int32Array;
  private readonly breakpoints: Breakpoints;
  private readonly watched = new WatchedMemory(this);
  private asking = true;
  /** The breakpoint that was last gone on from. */
  private passed = { position: -1, address: 0n };

  /**
   * @param module from buildInterpreter for the same guest
   * @param memory what there is of it, mapped nowhere yet
   */
  constructor(
    readonly guest: Guest,
    module: WebAssembly.Module,
    memory: readonly BlockSpec[],
    host: CpuHost,
  ) {
    const bytes = memory.reduce((sum, block) => sum + block.bytes, 0);
    assert(bytes <= MAX_PAGES * 4096, `${bytes} bytes of memory`);
    const wasmPages = Math.ceil((RAM + bytes) / 65536);
    this.memory = new WebAssembly.Memory({ initial: wasmPages, maximum: 65536 });
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.ints = new Int32Array(this.memory.buffer, 0, 0x4000);
    this.breakpoints = new Breakpoints(
      guest,
      (routine, n) => this.callRoutine(routine, n),
      (page, places) => {
        this.regions.breaksChanged(page, places);
        this.code.forget(page, places);
      },
      () => this.code.forgetFetched(),
    );
    const breakPlaces = (page: number): BreakPlaces => this.breakpoints.placesOf(page);
    const { code, handlers, imports } = predecode(guest, {
      memory: this.memory,
      flushTranslations: () => this.flushTranslations(),
      beforeClear: () => this.regions.clear(),
      breakPlaces,
      decoded: (entry) => {
        const { page, unit } = this.code.placeOf(entry);
        this.regions.recall(page, unit);
      },
    });
    this.code = code;
    const instance = new WebAssembly.Instance(module, {
      env: { memory: this.memory },
      host: { ...host.guest, ...imports, ...this.imports(host) },
    });
    this.exports = instance.exports as Exports;
    const made = this.exports["fingerprint"]?.();
    assert(made !== undefined && Number(made) >>> 0 === fingerprint(guest, handlers), STALE);
    const table = instance.exports[HANDLERS] as WebAssembly.Table;
    this.regions = new Regions(
      this.memory,
      table,
      FIRST_HANDLER + handlers.length,
      { env: { memory: this.memory }, host: this.exports },
      (page, unit) => this.code.decodeAt(page, unit),
      (page, words) => words.forEach((word) => this.code.executed.add(page, word)),
      breakPlaces,
    );
    this.pages = new RamPages(
      {
        memory: this.memory,
        hashBlock: (address, count, out) => this.exports["hashBlock"]!(address, count, out),
        openRange: (page, offset, count) => this.exports["openRange"]!(page, offset, count),
        closeWrites: () => this.flushTranslations(),
      },
      bytes / 4096,
    );
    this.blocks = layOut(memory, this.pages);
    this.map = new PhysicalMap(this.memory, () => {
      this.flushTranslations();
      this.leaveAfterStep();
    });
    this.physical = new PhysicalMemory(this.map, this.pages, (address, count) => {
      if (this.watched.hasPhysical) this.hits?.hostWrites?.(address, count);
    });
    this.exports["selectAddressSpace"]!(0n);
  }

  private imports(host: CpuHost): Record<string, (...args: never[]) => number | void> {
    return {
      mmioRead: (address: number, bytes: number): number => {
        const value = host.mmioRead(address, bytes);
        if (value === undefined) this.ints[ENGINE.fault >> 2] = FAULT_EXCEPTION;
        return value ?? 0;
      },
      portRead: (port: number, bytes: number): number => unsigned(host.portRead?.(port, bytes) ?? -1, bytes),
      portWrite: (port: number, bytes: number, value: number): void =>
        host.portWrite?.(port, bytes, unsigned(value, bytes)),
      mmioWrite: (address: number, bytes: number, value: number): void => {
        if (!host.mmioWrite(address, bytes, unsigned(value, bytes))) this.ints[ENGINE.fault >> 2] = FAULT_EXCEPTION;
      },
      firstWrite: (page: number) => this.pages.firstWrite(page),
      watch: (address: bigint, bytes: number, access: number): number => {
        const va = BigInt.asUintN(64, address);
        const write = (access & ACCESS_WRITE) !== 0;
        if (this.hits?.watch(va, bytes, write)) return 1;
        if (write) this.watched.remember(va, bytes);
        return 0;
      },
      watchedPage: (address: bigint): number => (this.watched.includesPage(BigInt.asUintN(64, address)) ? 1 : 0),
      allocateCode: (page: number) => this.code.allocate(page),
      fetched: (virtualPage: number, page: number): void => {
        this.code.executed.fetched(virtualPage, page);
        this.breakpoints.fetched(virtualPage, page);
      },
      hot: (entry: number): void => {
        const { page, unit } = this.code.placeOf(entry);
        this.regions.hot(page, unit);
      },
      // No region is in execution: such a store leaves it first, and what follows is looked up anew.
      codeWritten: (page: number, offset: number, bytes: number) => this.regions.written(page, offset, bytes),
      breakpointHit: (pc: bigint): number => (this.stopsAt(pc) ? -1 : this.code.handlerAt(this.ints[ENGINE.ip >> 2]!)),
      stopsAt: (pc: bigint): number => (this.stopsAt(pc) ? 1 : 0),
    };
  }

  /** Whether a debugger stops before the instruction here. It is asked once for each step, wherever that comes by. */
  private stopsAt(pc: bigint): boolean {
    const address = BigInt.asUintN(64, pc);
    const { position } = this;
    if (!this.breakpoints.has(address)) return false;
    if (this.passed.position === position && this.passed.address === address) return false;
    if (this.hits?.breakpoint(address)) return true;
    this.passed = { position, address };
    return false;
  }

  /** Steps since power-on. Exact at any time, also inside a device access. */
  get position(): number {
    const deadline =
      this.view.getUint32(ENGINE.deadline, true) + this.view.getUint32(ENGINE.deadline + 4, true) * 2 ** 32;
    return deadline - this.ints[ENGINE.budget >> 2]!;
  }

  set position(position: number) {
    assert(Number.isSafeInteger(position) && position >= 0, `position ${position}`);
    this.view.setBigInt64(ENGINE.deadline, BigInt(position), true);
    this.ints[ENGINE.budget >> 2] = 0;
  }

  get idleNs(): number {
    return Number(this.view.getBigInt64(ENGINE.idleNs, true));
  }
  set idleNs(ns: number) {
    this.view.setBigInt64(ENGINE.idleNs, BigInt(ns), true);
  }
  get clockShift(): number {
    return this.ints[ENGINE.clockShift >> 2]!;
  }
  set clockShift(shift: number) {
    this.view.setBigInt64(ENGINE.clockShift, BigInt(shift), true);
  }

  /** Whether the last step was a wait for an interrupt. The board clears it. */
  get waiting(): boolean {
    return this.ints[ENGINE.waiting >> 2] !== 0;
  }
  set waiting(waiting: boolean) {
    this.ints[ENGINE.waiting >> 2] = waiting ? 1 : 0;
  }

  get interruptLine(): boolean {
    return this.ints[ENGINE.interruptLine >> 2] !== 0;
  }
  /** A raised line is looked at at the next boundary. */
  set interruptLine(level: boolean) {
    this.ints[ENGINE.interruptLine >> 2] = level ? 1 : 0;
    if (level) this.leaveAfterStep();
  }

  /** Inside a device access: the run ends after the step in execution. Outside a run: nothing. */
  leaveAfterStep(): void {
    this.exports["leaveAfterStep"]!();
  }

  /** Whether a raised interrupt line would be taken now. */
  interruptible(): boolean {
    return this.callRoutine(this.guest.routines.interruptible) !== 0;
  }

  /** The entry of the asynchronous exception: one step, unless it stops at a watched access, which has not happened then. */
  interrupt(): CpuExit {
    const { interrupt } = this.guest.routines;
    if (!interrupt.accesses) this.callRoutine(interrupt);
    else if (this.exports["takeInterrupt"]!() === FAULT_WATCH) {
      this.watched.takeBack();
      return "watchpoint";
    }
    this.position += 1;
    return "budget";
  }

  /** Runs to `until` at most; may come back before for no reason but a change that the board should look at. */
  run(until: number): CpuExit {
    this.regions.pump(this.steps);
    this.breakpoints.followGuest();
    this.passed = { position: -1, address: 0n };
    const start = this.position;
    assert(until > start, `run from ${start} to ${until}`);
    const budget = Math.min(until - start, MAX_RUN);
    this.view.setBigInt64(ENGINE.deadline, BigInt(start + budget), true);
    this.ints[ENGINE.budget >> 2] = budget;
    this.exports["run"]!(budget);
    const exit = this.ints[ENGINE.exit >> 2];
    if (exit === EXIT_WATCHPOINT) this.watched.takeBack();
    // Between runs the budget is zero, so that nothing can ask for the end of a step that is not there.
    const position = this.position;
    this.position = position;
    this.steps += position - start;
    return exit === EXIT_BREAKPOINT ? "breakpoint" : exit === EXIT_WATCHPOINT ? "watchpoint" : "budget";
  }

  /** The guest waits for the world, which may take long. */
  rest(): void {
    this.regions.rest();
  }

  /** Undefined where nothing is translated. */
  get translation(): TranslationStatistics | undefined {
    return this.regions.service && this.regions.statistics(this.steps);
  }

  callRoutine(routine: Routine<never>, ...args: (number | bigint)[]): number | bigint | undefined {
    return this.exports[routineName(routine)]!(...args);
  }

  /** An element of a state field, unsigned. */
  readState(field: StateField, index = 0): bigint {
    return readField(this.view, field, index);
  }

  writeState(field: StateField, value: bigint, index = 0): void {
    writeField(this.view, field, index, value);
  }

  get pc(): bigint {
    return this.readState(this.guest.pc);
  }

  /** The architectural state as it is saved and hashed. */
  saveState(): Uint8Array<ArrayBuffer> {
    assert(this.ints[ENGINE.flagsKind >> 2] === 0, "the state lacks the guest's flags");
    return this.bytes.slice(STATE, STATE + this.guest.state.savedBytes);
  }

  loadState(saved: Uint8Array): void {
    assert(saved.length === this.guest.state.savedBytes, "the state block's length");
    this.bytes.set(saved, STATE);
    this.stateChanged();
  }

  /** After state was written from outside: derived fields and the TLB follow. */
  stateChanged(): void {
    this.flushTranslations();
    this.callRoutine(this.guest.routines.synchronize);
  }

  /** Physical address behind a virtual one by the current translation and privilege; undefined when unmapped. */
  translate(address: bigint): number | undefined {
    const physical = this.callRoutine(this.guest.routines.translate, BigInt.asIntN(64, address), PEEK) as bigint;
    return physical < 0n ? undefined : Number(physical & ~0xfffn) + Number(address & 0xfffn);
  }

  block(name: string): Block {
    const block = this.blocks.get(name);
    assert(block, `no memory ${name}`);
    return block;
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints.set(addresses);
    this.ints[RUN_ENGINE.asks >> 2] = addresses.size > 0 ? 1 : 0;
  }

  /** Accesses to these ranges ask `hits.watch` first. */
  setWatched(ranges: readonly WatchedRange[]): void {
    this.watched.set(ranges);
    const [first, last] = this.watched.bounds;
    this.view.setBigUint64(ENGINE.watchedFirst, first, true);
    this.view.setBigUint64(ENGINE.watchedLast, last, true);
    this.followWatched();
    this.flushTranslations();
  }

  /** Whether accesses ask: while nobody wants to know, they are as fast as any. */
  set asksWatch(asks: boolean) {
    if (asks === this.asking) return;
    this.asking = asks;
    this.followWatched();
  }

  private followWatched(): void {
    const kind = this.asking ? this.watched.kind : 0;
    if (this.ints[ENGINE.watching >> 2] === kind) return;
    this.ints[ENGINE.watching >> 2] = kind;
    this.flushTranslations();
  }

  /** Of the steps made since `beginFootprint`. */
  get footprint(): Footprint {
    return new Footprint(this.bytes.slice(FOOTPRINT, FOOTPRINT + FOOTPRINT_BYTES));
  }

  beginFootprint(): void {
    // What is in the TLB now would not be looked up again.
    this.flushTranslations();
    this.bytes.fill(0, FOOTPRINT, FOOTPRINT + FOOTPRINT_BYTES);
  }

  /** False when no instruction at this address was ever executed, whatever was mapped there. */
  mayHaveExecuted(address: bigint): boolean {
    return this.code.executed.mayInclude(address);
  }

  /** Drops every cache. Nothing that the guest can see changes. */
  evictCaches(): void {
    this.code.clear();
    for (let page = 0; page < this.pages.count; page++)
      this.bytes[PAGE_FLAGS + page]! &= ~(PAGE_WAS_WALKED | PAGE_STORES);
    this.flushTranslations();
  }

  private flushTranslations(): void {
    this.exports["flushTranslations"]!();
  }
}

function unsigned(value: number, bytes: number): number {
  return (bytes === 4 ? value : value & (2 ** (8 * bytes) - 1)) >>> 0;
}
