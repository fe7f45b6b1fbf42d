import { ACCESS_WRITE } from "../isa/index.ts";
import type { Breakpoints } from "./code/breakpoints.ts";
import type { PredecodedCode } from "./code/predecoded.ts";
import { ENGINE, FAULT_EXCEPTION } from "./layout.ts";
import type { RamPages } from "./memory/pages.ts";
import type { WatchedMemory } from "./memory/watched-memory.ts";
import type { Regions } from "./regions/regions.ts";

/** What a CPU asks of the board it stands on. */
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

/** What the interpreter reaches by its imports. Looked at when it calls, not before. */
export interface Reached {
  /** The engine's variables. */
  readonly ints: Int32Array;
  readonly hits: CpuHits | undefined;
  readonly watched: WatchedMemory;
  readonly breakpoints: Breakpoints;
  readonly code: PredecodedCode;
  stopsAt(address: bigint): boolean;
  readonly regions: Regions;
  readonly pages: RamPages;
}

type HostFunctions = Record<string, (...args: never[]) => number | bigint | void>;

/** What the interpreter imports: its guest's functions, those of the board, and the engine's own. */
export function hostFunctions(engine: Reached, host: CpuHost): HostFunctions {
  return { ...host.guest, ...boardFunctions(engine, host), ...debuggerFunctions(engine), ...codeFunctions(engine) };
}

function boardFunctions(engine: Reached, host: CpuHost): HostFunctions {
  const fault = (): void => void (engine.ints[ENGINE.fault >> 2] = FAULT_EXCEPTION);
  return {
    mmioRead: (address: number, bytes: number): number => {
      const value = host.mmioRead(address, bytes);
      if (value === undefined) fault();
      return value ?? 0;
    },
    mmioWrite: (address: number, bytes: number, value: number): void => {
      if (!host.mmioWrite(address, bytes, unsigned(value, bytes))) fault();
    },
    portRead: (port: number, bytes: number): number => unsigned(host.portRead?.(port, bytes) ?? -1, bytes),
    portWrite: (port: number, bytes: number, value: number): void =>
      host.portWrite?.(port, bytes, unsigned(value, bytes)),
  };
}

function debuggerFunctions(engine: Reached): HostFunctions {
  const { ints, watched } = engine;
  const stopsAt = (pc: bigint): boolean => engine.stopsAt(BigInt.asUintN(64, pc));
  return {
    watch: (address: bigint, bytes: number, access: number): number => {
      const va = BigInt.asUintN(64, address);
      const write = (access & ACCESS_WRITE) !== 0;
      if (engine.hits?.watch(va, bytes, write)) return 1;
      if (write) watched.remember(va, bytes);
      return 0;
    },
    watchedPage: (address: bigint): number => (watched.includesPage(BigInt.asUintN(64, address)) ? 1 : 0),
    breakpointHit: (pc: bigint): number => (stopsAt(pc) ? -1 : engine.code.handlerAt(ints[ENGINE.ip >> 2]!)),
    stopsAt: (pc: bigint): number => (stopsAt(pc) ? 1 : 0),
  };
}

function codeFunctions(engine: Reached): HostFunctions {
  return {
    firstWrite: (page: number) => engine.pages.firstWrite(page),
    allocateCode: (page: number) => engine.code.allocate(page),
    fetched: (virtualPage: number, page: number): void => {
      engine.code.executed.fetched(virtualPage, page);
      engine.breakpoints.fetched(virtualPage, page);
    },
    notFetched: (pc: bigint) => engine.code.executed.notFetched(BigInt.asUintN(64, pc)),
    hot: (entry: number): void => {
      const { page, unit } = engine.code.placeOf(entry);
      engine.regions.hot(page, unit);
    },
    // No region is in execution: such a store leaves it first, and what follows is looked up anew.
    codeWritten: (page: number, offset: number, bytes: number) => engine.regions.written(page, offset, bytes),
  };
}

function unsigned(value: number, bytes: number): number {
  return (bytes === 4 ? value : value & (2 ** (8 * bytes) - 1)) >>> 0;
}
