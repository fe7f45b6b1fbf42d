import { assert } from "../base/index.ts";
import { ACCESS_PEEK, ACCESS_READ, type Guest, type Routine, type StateField } from "../isa/index.ts";
import type { Engine, Placed } from "./engine.ts";
import type { CpuHits } from "./host-functions.ts";
import { ENGINE, EXIT_BREAKPOINT, EXIT_WATCHPOINT, FAULT_WATCH, FOOTPRINT, FOOTPRINT_BYTES, STATE } from "./layout.ts";
import type { Block } from "./memory/blocks.ts";
import { Footprint } from "./memory/footprint.ts";
import type { RamPages } from "./memory/pages.ts";
import type { PhysicalMap } from "./memory/physical-map.ts";
import type { PhysicalMemory } from "./memory/physical-memory.ts";
import type { WatchedRange } from "./memory/watched-memory.ts";
import type { TranslationStatistics } from "./regions/region-counters.ts";
import type { Regions } from "./regions/regions.ts";
import { readField, writeField } from "./state-access.ts";

export type CpuExit = "budget" | "breakpoint" | "watchpoint";

const MAX_RUN = 2 ** 30;
const PEEK = ACCESS_READ | ACCESS_PEEK;

/**
 * One CPU: a state block, on an engine that its siblings share. Knows steps, not devices. The block lies in the engine's
 * memory while this is the CPU that ran last, and in one of its own otherwise; running, walking pages and whatever else
 * generated code does brings it there.
 */
export class Cpu implements Placed {
  readonly guest: Guest;
  readonly memory: WebAssembly.Memory;
  readonly pages: RamPages;
  readonly map: PhysicalMap;
  readonly physical: PhysicalMemory;
  readonly regions: Regions;

  /** Made by `run` since this CPU was made, in any history. */
  private steps = 0;
  private readonly inPlace: DataView;
  /** While another CPU's is in place: the block, and what stands in the engine's variables. */
  private readonly away: DataView;
  private awayWaiting = false;
  private awayLine = false;

  constructor(readonly engine: Engine) {
    const { guest, memory, pages, map, physical, regions } = engine;
    this.guest = guest;
    this.memory = memory;
    this.pages = pages;
    this.map = map;
    this.physical = physical;
    this.regions = regions;
    const { totalBytes } = guest.state;
    this.inPlace = new DataView(memory.buffer, STATE, totalBytes);
    this.away = new DataView(new ArrayBuffer(totalBytes));
    engine.current ??= this;
  }

  /** Another CPU of the same kind, with the same memory, whose steps count at the same position. All its state is zero. */
  sibling(): Cpu {
    return new Cpu(this.engine);
  }

  block(name: string): Block {
    return this.engine.block(name);
  }

  private get isCurrent(): boolean {
    return this.engine.current === this;
  }

  /** Brings the state block in place. */
  private enter(): void {
    const { engine } = this;
    if (this.isCurrent) return;
    assert(!engine.running, "a CPU's step is in execution");
    engine.current?.leave();
    engine.current = this;
    copy(this.away, this.inPlace);
    this.waiting = this.awayWaiting;
    engine.ints[ENGINE.interruptLine >> 2] = this.awayLine ? 1 : 0;
    this.synchronize();
  }

  /** Takes the state block away. Only the engine's next CPU asks. */
  leave(): void {
    this.awayWaiting = this.waiting;
    this.awayLine = this.interruptLine;
    copy(this.inPlace, this.away);
  }

  private synchronize(): void {
    this.engine.wasm.flushTlb();
    this.engine.wasm.call(this.guest.routines.synchronize);
  }

  get hits(): CpuHits | undefined {
    return this.engine.hits;
  }
  set hits(hits: CpuHits | undefined) {
    this.engine.hits = hits;
  }

  /** See Engine.position: steps of all CPUs. */
  get position(): number {
    return this.engine.position;
  }
  set position(position: number) {
    this.engine.position = position;
  }

  get idleNs(): number {
    return Number(this.engine.view.getBigInt64(ENGINE.idleNs, true));
  }
  set idleNs(ns: number) {
    this.engine.view.setBigInt64(ENGINE.idleNs, BigInt(ns), true);
  }
  get clockShift(): number {
    return this.engine.ints[ENGINE.clockShift >> 2]!;
  }
  set clockShift(shift: number) {
    this.engine.view.setBigInt64(ENGINE.clockShift, BigInt(shift), true);
  }

  /** Whether the last step was a wait for an interrupt. The board clears it. */
  get waiting(): boolean {
    return this.isCurrent ? this.engine.ints[ENGINE.waiting >> 2] !== 0 : this.awayWaiting;
  }
  set waiting(waiting: boolean) {
    if (this.isCurrent) this.engine.ints[ENGINE.waiting >> 2] = waiting ? 1 : 0;
    else this.awayWaiting = waiting;
  }

  get interruptLine(): boolean {
    return this.isCurrent ? this.engine.ints[ENGINE.interruptLine >> 2] !== 0 : this.awayLine;
  }
  /** A raised line is looked at at the next boundary. */
  set interruptLine(level: boolean) {
    if (this.isCurrent) this.engine.ints[ENGINE.interruptLine >> 2] = level ? 1 : 0;
    else this.awayLine = level;
    if (level) this.leaveAfterStep();
  }

  /** Inside a device access: the run ends after the step in execution. Outside a run: nothing. */
  leaveAfterStep(): void {
    this.engine.wasm.leaveAfterStep();
  }

  /** Whether a raised interrupt line would be taken now. */
  interruptible(): boolean {
    return this.callRoutine(this.guest.routines.interruptible) !== 0;
  }

  /** The entry of the asynchronous exception: one step, unless it stops at a watched access, which has not happened then. */
  interrupt(): CpuExit {
    const { interrupt } = this.guest.routines;
    if (!interrupt.accesses) this.callRoutine(interrupt);
    else {
      this.enter();
      if (this.engine.wasm.takeInterrupt() === FAULT_WATCH) {
        this.engine.watched.takeBack();
        return "watchpoint";
      }
    }
    this.position += 1;
    return "budget";
  }

  /** Runs to `until` at most; may come back before for no reason but a change that the board should look at. */
  run(until: number): CpuExit {
    this.enter();
    const { breakpoints, ints, view, wasm, watched } = this.engine;
    this.regions.pump(this.steps);
    breakpoints.followGuest();
    this.engine.passed = undefined;
    const start = this.position;
    assert(until > start, `run from ${start} to ${until}`);
    const budget = Math.min(until - start, MAX_RUN);
    view.setBigInt64(ENGINE.deadline, BigInt(start + budget), true);
    ints[ENGINE.budget >> 2] = budget;
    wasm.run(budget);
    const exit = ints[ENGINE.exit >> 2];
    if (exit === EXIT_WATCHPOINT) watched.takeBack();
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
    this.enter();
    return this.engine.wasm.call(routine, ...args);
  }

  private get state(): DataView {
    return this.isCurrent ? this.inPlace : this.away;
  }

  /** An element of a state field, unsigned. */
  readState(field: StateField, index = 0): bigint {
    return readField(this.state, field, index);
  }

  writeState(field: StateField, value: bigint, index = 0): void {
    writeField(this.state, field, index, value);
  }

  get pc(): bigint {
    return this.readState(this.guest.pc);
  }

  /** The architectural state as it is saved and hashed. */
  saveState(): Uint8Array<ArrayBuffer> {
    assert(this.engine.ints[ENGINE.flagsKind >> 2] === 0, "the state lacks the guest's flags");
    return bytesOf(this.state).slice(0, this.guest.state.savedBytes);
  }

  loadState(saved: Uint8Array): void {
    assert(saved.length === this.guest.state.savedBytes, "the state block's length");
    bytesOf(this.state).set(saved);
    this.stateChanged();
  }

  /** After state was written from outside: derived fields and the TLB follow. */
  stateChanged(): void {
    if (this.isCurrent) this.synchronize();
  }

  /** Physical address behind a virtual one by the current translation and privilege; undefined when unmapped. */
  translate(address: bigint): number | undefined {
    const physical = this.callRoutine(this.guest.routines.translate, BigInt.asIntN(64, address), PEEK) as bigint;
    return physical < 0n ? undefined : Number(physical & ~0xfffn) + Number(address & 0xfffn);
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.engine.setBreakpoints(addresses);
  }

  /** Accesses to these ranges ask `hits.watch` first. */
  setWatched(ranges: readonly WatchedRange[]): void {
    this.engine.setWatched(ranges);
  }

  /** Whether accesses ask: while nobody wants to know, they are as fast as any. */
  set asksWatch(asks: boolean) {
    this.engine.asksWatch = asks;
  }

  /** Of the steps made since `beginFootprint`. */
  get footprint(): Footprint {
    return new Footprint(this.engine.bytes.slice(FOOTPRINT, FOOTPRINT + FOOTPRINT_BYTES));
  }

  beginFootprint(): void {
    // What is in the TLB now would not be looked up again.
    this.engine.wasm.flushTlb();
    this.engine.bytes.fill(0, FOOTPRINT, FOOTPRINT + FOOTPRINT_BYTES);
  }

  /** False when no instruction at this address was ever executed, whatever was mapped there. */
  mayHaveExecuted(address: bigint): boolean {
    return this.engine.code.executed.mayInclude(address);
  }

  /** Drops every cache. Nothing that the guest can see changes. */
  evictCaches(): void {
    this.engine.evictCaches();
  }
}

function bytesOf(view: DataView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}

function copy(from: DataView, to: DataView): void {
  bytesOf(to).set(bytesOf(from));
}
