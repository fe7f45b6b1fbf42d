import { assert } from "../base/index.ts";
import type { Guest } from "../isa/index.ts";
import { type BreakPlaces, Breakpoints } from "./code/breakpoints.ts";
import { predecode } from "./code/predecode.ts";
import type { PredecodedCode } from "./code/predecoded.ts";
import { type CpuHits, type CpuHost, hostFunctions, type Reached } from "./host-functions.ts";
import { ENGINE, FIRST_HANDLER, MAX_PAGES, PAGE_FLAGS, PAGE_STORES, PAGE_WAS_WALKED, RAM } from "./layout.ts";
import { type Block, type BlockSpec, layOut } from "./memory/blocks.ts";
import { RamPages } from "./memory/pages.ts";
import { PhysicalMap } from "./memory/physical-map.ts";
import { PhysicalMemory } from "./memory/physical-memory.ts";
import { WatchedMemory, type WatchedRange } from "./memory/watched-memory.ts";
import { Regions } from "./regions/regions.ts";
import { WasmInterpreter } from "./wasm-interpreter.ts";

/** A CPU whose state block can be in place. */
export interface Placed {
  /** Takes its state block away: another's comes. */
  leave(): void;
  translate(address: bigint): number | undefined;
}

/**
 * What CPUs share: one linear memory with the machine's memory at its end, the generated interpreter that works on it,
 * and all that is cached. One CPU at a time has its state block in it.
 */
export class Engine implements Reached {
  readonly memory: WebAssembly.Memory;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** The engine's variables. */
  readonly ints: Int32Array;
  readonly wasm: WasmInterpreter;
  readonly pages: RamPages;
  /** Where physical addresses lead. */
  readonly map: PhysicalMap;
  readonly physical: PhysicalMemory;
  readonly code: PredecodedCode;
  /** Translated code; its service decides whether there is any. */
  readonly regions: Regions;
  readonly breakpoints: Breakpoints;
  readonly watched = new WatchedMemory(this);
  hits: CpuHits | undefined;
  /** The breakpoint that this run has gone on from last. */
  passed: { readonly position: number; readonly address: bigint } | undefined;
  /** The CPU whose state block is in place. */
  current: Placed | undefined;

  private readonly blocks: ReadonlyMap<string, Block>;
  private asking = true;

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
    this.memory = new WebAssembly.Memory({ initial: Math.ceil((RAM + bytes) / 65536), maximum: 65536 });
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.ints = new Int32Array(this.memory.buffer, 0, 0x4000);

    const { code, handlers, imports } = predecode(guest, {
      memory: this.memory,
      flushTlb: () => this.wasm.flushTlb(),
      beforeClear: () => this.regions.clear(),
      breakPlaces: (page) => this.breakpoints.placesOf(page),
      decoded: (entry) => {
        const { page, unit } = code.placeOf(entry);
        this.regions.recall(page, unit);
      },
    });
    this.code = code;
    const functions = { ...imports, ...hostFunctions(this, host) };
    const wasm = new WasmInterpreter(guest, handlers, module, this.memory, functions);
    this.wasm = wasm;
    this.pages = new RamPages(this.memory, bytes / 4096, wasm);
    this.blocks = layOut(memory, this.pages);
    this.map = new PhysicalMap(this.memory, () => {
      wasm.flushTlb();
      wasm.leaveAfterStep();
    });
    this.physical = new PhysicalMemory(this.map, this.pages, (address, count) => {
      if (this.watched.hasPhysical) this.hits?.hostWrites?.(address, count);
    });

    this.breakpoints = new Breakpoints(
      guest,
      (routine, n) => wasm.call(routine, n),
      (page, places) => {
        this.regions.breaksChanged(page, places);
        code.forget(page, places);
      },
      () => code.forgetFetched(),
    );
    const breakPlaces = (page: number): BreakPlaces => this.breakpoints.placesOf(page);
    this.regions = new Regions(
      this.memory,
      wasm.handlers,
      FIRST_HANDLER + handlers.length,
      { env: { memory: this.memory }, host: wasm.exports },
      code,
      (page, words) => words.forEach((word) => code.executed.add(page, word)),
      breakPlaces,
    );
  }

  block(name: string): Block {
    const block = this.blocks.get(name);
    assert(block, `no memory ${name}`);
    return block;
  }

  /** Steps that all CPUs have made since power-on. Exact at any time, also inside a device access. */
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

  /** A step is in execution. */
  get running(): boolean {
    return this.ints[ENGINE.budget >> 2] !== 0;
  }

  /** Of the CPU whose state block is in place. */
  translate(address: bigint): number | undefined {
    return this.current?.translate(address);
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints.set(addresses);
    this.ints[ENGINE.asks >> 2] = addresses.size > 0 ? 1 : 0;
  }

  /** Whether a debugger stops before the instruction here. It is asked once for each step, wherever that comes by. */
  stopsAt(address: bigint): boolean {
    const { position } = this;
    if (!this.breakpoints.has(address)) return false;
    if (this.passed?.position === position && this.passed.address === address) return false;
    if (this.hits?.breakpoint(address)) return true;
    this.passed = { position, address };
    return false;
  }

  /** Accesses to these ranges ask `hits.watch` first. */
  setWatched(ranges: readonly WatchedRange[]): void {
    this.watched.set(ranges);
    const [first, last] = this.watched.bounds;
    this.view.setBigUint64(ENGINE.watchedFirst, first, true);
    this.view.setBigUint64(ENGINE.watchedLast, last, true);
    this.followWatched();
    this.wasm.flushTlb();
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
    this.wasm.flushTlb();
  }

  /** Drops every cache. Nothing that a guest can see changes. */
  evictCaches(): void {
    this.code.clear();
    for (let page = 0; page < this.pages.count; page++)
      this.bytes[PAGE_FLAGS + page]! &= ~(PAGE_WAS_WALKED | PAGE_STORES);
    this.wasm.flushTlb();
  }
}
