import type { TranslationStatistics } from "../engine/index.ts";
import type { DeviceInfo, Door, HostEdit, HostPort } from "../hardware/index.ts";
import type { GuestDebug } from "./guest-debug.ts";
import type { Report } from "./report.ts";

/** Why `run` came back. The machine stands at `position`, between two steps. */
export type Stop =
  /** The position asked for was reached. */
  | { readonly kind: "position" }
  /** A breakpoint at the current pc; the instruction has not been executed. */
  | { readonly kind: "breakpoint" }
  /** A watched access, which the next step makes, or the one before has made: see GuestDebug's `watchpoints`. */
  | { readonly kind: "watchpoint"; readonly hit: WatchHit }
  /** Idle with nothing pending; the door said "wait". Time stands at `nowNs`; call `endIdle` when the host knows. */
  | { readonly kind: "idle"; readonly deadlineNs: number | undefined }
  /** The guest turned the power off, or asked for a reset that the configuration turns into a stop. */
  | { readonly kind: "shutdown"; readonly reason: "guest-shutdown" | "guest-reset" | "host-quit" };

export type WatchKind = "write" | "read" | "access";

export interface Watchpoint {
  readonly kind: WatchKind;
  readonly address: bigint;
  readonly length: number;
  /** The address is a physical one: accesses by any virtual address, and what devices write. Only ever collected. */
  readonly physical?: true;
}

export interface WatchHit {
  readonly watchpoint: Watchpoint;
  /** First watched byte that the access touches. */
  readonly address: bigint;
  readonly access: "read" | "write";
  /** Not by an instruction: a device or a debugger. */
  readonly byHost?: true;
}

export type HitKind = "breakpoint" | "watchpoint";

/** How breakpoints and watchpoints act in one `run`. */
export type HitPolicy =
  /** Stop at a hit, except where the run starts at hits of the kinds that were `told` there. */
  | { readonly kind: "stop"; readonly told: readonly HitKind[] }
  /** Report every hit and go on: how the last hit before a position is found. Breakpoints report p, watchpoints the p before the access. */
  | { readonly kind: "collect"; readonly onHit: (position: number, hit: WatchHit | undefined) => void }
  | { readonly kind: "ignore" };

/**
 * What a stretch of running may have touched, by virtual address whatever was mapped there: a filter, in which a "no" is
 * certain.
 */
export interface Footprint {
  /** An instruction here was the next one. */
  mayExecute(address: bigint): boolean;
  /** An instruction touched one of these bytes. */
  mayAccess(address: bigint, length: number, kind: WatchKind): boolean;
  /** Of both stretches. */
  union(other: Footprint): Footprint;
  /** For `Machine.loadFootprint`. */
  save(): Uint8Array;
}

/**
 * A machine's memory, block after block (RAM, flash, video memory), as pages of 4,096 bytes, with change tracking by epoch.
 * Page numbers count from the start of the first block, whatever address it has.
 */
export interface Pages {
  readonly pageBytes: 4096;
  readonly count: number;
  /** Starts an epoch: from now on `onFirstWrite` is called before the first write to each page. Returns the pages written in the epoch that ends. */
  beginEpoch(): readonly number[];
  /** Called with the page number before its content changes for the first time in this epoch. */
  onFirstWrite: ((page: number) => void) | undefined;
  /** A view of the page's bytes: valid until the machine runs, read-only by convention. */
  view(page: number): Uint8Array;
  isZero(page: number): boolean;
  /** Replaces a page's content (restoring); drops whatever was derived from it. Counts as a write of the epoch. */
  replace(page: number, bytes: Uint8Array): void;
  /** 128-bit content hash as four u32. Unchanged pages are not hashed again. */
  hash(page: number): Uint32Array;
}

/** A machine at power-on is a function of this and of the images. It heads every recording. */
export interface MachineConfiguration {
  /** By which `boards` knows it. */
  readonly board: string;
  /** A model that the board has. */
  readonly cpu: string;
  readonly ramBytes: number;
  /** Virtual ns per instruction are 2^shift. */
  readonly shift: number;
  readonly append: string;
  /** What a guest's reset request does: start again, or stop (-no-reboot). */
  readonly reboot: boolean;
  /** Seeds in the device tree (kaslr-seed, rng-seed). */
  readonly randomness: boolean;
  /** Semantics version: recordings made by another one replay with equal hashes or are refused. */
  readonly semantics: number;
}

/** What an image is for: "kernel", "initrd". Its board says which it takes. */
export type ImageRole = string;

/** Images by role; in a recording by content hash (SHA-256, hex). */
export type Images = Readonly<Record<ImageRole, Uint8Array>>;

/**
 * A whole machine between two steps. All of it is synchronous; who calls `run` chooses the slice.
 * Breakpoints, watchpoints and every cache are outside the machine's state.
 */
export interface Machine {
  readonly configuration: MachineConfiguration;
  readonly debug: GuestDebug;
  readonly pages: Pages;
  /** Steps since power-on. */
  readonly position: number;
  /** Virtual nanoseconds at this position. */
  readonly nowNs: number;
  /** The current instruction address. */
  readonly pc: bigint;
  /** How much of the guest's code runs translated; undefined where all is interpreted. Nothing of it is state. */
  readonly translation?: TranslationStatistics | undefined;

  /** The status that the guest has ended the machine with, for who runs it as a program. */
  readonly exitCode?: number | undefined;

  /** Sleeps until someone wakes it: the edit `wake` does. */
  readonly suspended?: boolean;

  door: Door;
  /** Bytes leaving the machine, with the position of the step that sent them. Called again when history is run again. */
  onOutput: ((port: number, bytes: Uint8Array, position: number) => void) | undefined;
  /** For the timeline's lanes; may stay undefined. */
  onEvent: ((event: "interrupt" | "idle" | "reset" | "suspend" | "wake", position: number) => void) | undefined;

  /**
   * Runs to `until` at most. Exact: with kind "position" the machine stands at `until`. When `until` equals the
   * position nothing happens. Inputs the door knows are applied on the way.
   */
  run(until: number, hits: HitPolicy): Stop;
  /** Ends the idle that `run` reported, at a virtual time between now and the deadline. The WFI has retired. */
  endIdle(ns: number): void;
  /** Where the world reaches the devices, by number; what is given to them goes through the door. */
  readonly ports: readonly Pick<HostPort, "framing" | "room">[];
  /** For a guest that has ports: what the last `read-port` gave, which is not state. */
  readonly ioPorts?: { readonly lastRead: number } | undefined;
  /** Applies a host edit as a step of its own, at the live end (the caller logs it). */
  applyEdit(edit: HostEdit): void;

  setBreakpoints(addresses: ReadonlySet<bigint>): void;
  setWatchpoints(watchpoints: readonly Watchpoint[]): void;

  /** Of the steps that `run` made since `beginFootprint`, or since the machine was made. */
  readonly footprint: Footprint;
  beginFootprint(): void;
  /** One that a machine like this has saved; undefined when it has another form. */
  loadFootprint(saved: Uint8Array): Footprint | undefined;
  /** Where code may lie that a breakpoint at this address is meant for; absent: there. */
  codeAddresses?(address: bigint): readonly bigint[];
  /** False when this machine never executed an instruction here, in whatever history. */
  mayHaveExecuted(address: bigint): boolean;

  /** Guest-physical memory, RAM only; undefined where there is none. Never touches a device. */
  readPhysical(address: number, length: number): Uint8Array | undefined;
  /** Which of `pages` a store to a physical address reaches now; undefined where there is no RAM. */
  pageOf(address: number): number | undefined;
  /** By the current translation; undefined where a byte is unmapped or not RAM. */
  readVirtual(address: bigint, length: number): Uint8Array | undefined;

  /**
   * A device's register as an aligned access of so many bytes would read it, without touching the device: "changes" where reading
   * would change the machine, undefined where no device is.
   */
  peekDevice(address: number, bytes: 1 | 2 | 4): number | "changes" | undefined;

  /** What `info` shows of its guest and board, besides what all have. */
  readonly reports?: readonly Report[];
  /** The devices' state, field by field, in the order in which it is saved. */
  deviceInfo(): readonly DeviceInfo[];

  /** Registers, device state and the clock, without RAM. Canonical: equal states give equal bytes. */
  save(): Uint8Array<ArrayBuffer>;
  /** What `save` gave, with the position it was taken at; RAM is restored through `pages`. */
  load(state: Uint8Array, position: number): void;
  /** Drops every cache (TLB, predecoded pages, later translated code): nothing the guest can see changes. */
  evictCaches(): void;
  /** First position and RAM image: as after power-on, through the door again. */
  powerOn(): void;
}
