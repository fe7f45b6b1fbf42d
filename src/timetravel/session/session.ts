import type { Disposable } from "../../base/index.ts";
import type { DebuggerEdit, Input } from "../../hardware/index.ts";
import type { Machine, Stop, Watchpoint } from "../../machine/index.ts";
import type { ParentReference } from "../log/header.ts";

/** Why motion through history ended. The machine's own reasons, plus the ends of history and an interrupt by the user. */
export type TravelStop =
  Stop | { readonly kind: "history-start" } | { readonly kind: "history-end" } | { readonly kind: "interrupted" };

export interface SnapshotInfo {
  readonly name: string;
  readonly position: number;
  readonly virtualNs: number;
}

/** The branch that loading a snapshot began, at the snapshot's position. */
export interface LoadedBranch {
  /** The recording that it is, and the one that it left; undefined where nothing is recorded. */
  readonly recording: { readonly name: string; readonly parent: string } | undefined;
}

/** A throw-away branch is no more, or what it had after one of its positions. */
export interface DroppedBranch {
  /** Where it left history, and how far it came. */
  readonly from: number;
  readonly end: number;
  /** Named snapshots that went with it. */
  readonly names: readonly string[];
  /** Where the branch begins anew; undefined: it is gone. */
  readonly anew?: number;
}

export interface LoggedInput {
  readonly position: number;
  readonly input: Input;
}

/** The step from `position` wrote. */
export interface LastWrite {
  readonly position: number;
  /** Of the instruction, or of the one that a device or debugger wrote beside. */
  readonly pc: bigint;
  readonly by: "instruction" | "device" | "debugger";
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export interface Progress {
  /** "seek", "index", … */
  readonly task: string;
  readonly done: number;
  readonly total: number;
}

export interface TravelOptions {
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * One machine with its history: recorded now, or opened from a recording. The reverse debugger's manual.
 * Long motions run in slices and give way to the host in between; one motion at a time (a second call rejects).
 */
export interface Session {
  readonly machine: Machine;
  /** "none" without rr; "record" while there is a live end that can go on; "play" for an opened recording. */
  readonly mode: "none" | "record" | "play";
  /** Where the recording lives, as the user named it. */
  readonly recordingName: string | undefined;
  readonly position: number;
  /** Last position of history known so far. */
  readonly end: number;
  readonly atEnd: boolean;
  readonly running: boolean;
  /** How the last motion or edit ended; undefined while there is one, and when it failed. */
  readonly lastStop: TravelStop | undefined;
  /** The motion in progress: "run", "step", "seek", "index", …; undefined while the machine stands. */
  readonly activity: string | undefined;
  /**
   * Where a throw-away branch left recorded history: a debugger wrote something there. Going to that position or before
   * is going back to history; so is `endBranch`. Undefined in history itself.
   */
  readonly branchedAt: number | undefined;
  /** The recording that this one was branched from. */
  readonly parent: ParentReference | undefined;
  /** Positions up to which history is indexed (snapshots exist). */
  readonly indexedTo: number;

  /** Forward until a stop, or to `until`. At the live end: goes on recording. In a replay: stops at its end. */
  run(options?: TravelOptions & { readonly until?: number; readonly ignoreHits?: boolean }): Promise<TravelStop>;
  /**
   * Exactly one step forward. With `hits`, a watched access in it is reported first, once, by a stop that has not moved.
   */
  step(options?: { readonly hits?: boolean }): Promise<TravelStop>;
  /** Exactly one step back; `hits` as for `step`. */
  stepBack(options?: { readonly hits?: boolean }): Promise<TravelStop>;
  /**
   * Back to the last break- or watchpoint hit before now, else to the start of history. A watchpoint stop stands
   * just after the access (q+1 for a hit at q), and running back from there does not report that access again.
   */
  runBack(options?: TravelOptions): Promise<TravelStop>;
  seek(position: number, options?: TravelOptions): Promise<void>;
  /** To the first position at which so much virtual time has passed. Rejects when it is after the end of history. */
  seekTime(ns: number, options?: TravelOptions): Promise<void>;
  /**
   * The last write to RAM before now that touches any of these bytes; undefined when they are as at power-on. By whom
   * and by which virtual address does not matter. The machine stands where it stood. Rejects when interrupted.
   */
  lastWrite(physicalAddress: number, length: number, options?: TravelOptions): Promise<LastWrite | undefined>;
  /** Runs once through what is not indexed yet, and comes back. Resolves to false when something else came first. */
  index(options?: TravelOptions): Promise<boolean>;
  /** Ends the motion in progress within 100 ms; its promise resolves with "interrupted". */
  interrupt(): void;

  setBreakpoints(addresses: ReadonlySet<bigint>): void;
  setWatchpoints(watchpoints: readonly Watchpoint[]): void;
  /** QEMU's replay_break: a run, forwards or back, stops where this position is reached, once. */
  replayBreak: number | undefined;

  /** Input for a port of the machine: bytes of a stream, or one message. In the past it is refused (false). */
  send(port: number, bytes: Uint8Array): boolean;
  /** A BREAK on a stream's line, behind what was sent before it; refused in the past as other input is. */
  sendBreak(port: number): boolean;
  /**
   * A debugger's write, or its access to a port, a step of its own, only while stopped, and not while a branch is being made (else false). At the live end it is logged; anywhere else
   * it begins a throw-away branch, and recorded history stays as it is. `lastStop` says whether the machine has ended by it.
   */
  edit(edit: DebuggerEdit): boolean;
  /**
   * Makes a new recording that has the past up to here, or up to the end of the throw-away branch, and goes on
   * recording in it. The one it comes from is closed as it is. Rejects with a UserError when the name is taken.
   */
  branch(name: string): Promise<void>;
  /** Throws the branch away and goes back to where it left history. */
  endBranch(): Promise<void>;
  reset(): void;
  /** Of a machine that is suspended. */
  wakeUp(): void;
  /** Ends the recording: logged, flushed. */
  quit(): Promise<void>;

  /** Why names are kept in this session only, and not in the recording; undefined when they are, or when there is none. */
  readonly unstored: string | undefined;
  snapshots(): readonly SnapshotInfo[];
  /** Those of the history that a throw-away branch left, behind where it did: to load one is to go back there. */
  snapshotsAside(): readonly SnapshotInfo[];
  saveSnapshot(name: string): Promise<void>;
  /**
   * Goes to a snapshot's position. At the live end that is to undo what came after it: a branch begins there, recorded
   * where this is being recorded, and history before it stays as it is. In a replay, and in the past, it is a seek.
   */
  loadSnapshot(name: string): Promise<LoadedBranch | undefined>;
  deleteSnapshot(name: string): Promise<void>;

  /** Snapshots of recordings that this session went on from in branches of their pasts: the recording of each name. */
  readonly leftSnapshots: ReadonlyMap<string, string>;

  /** Recorded output of a port up to a position: what the console showed then. */
  outputUntil(port: number, position: number): Uint8Array;
  /**
   * Recorded output of a port without its first `skip` bytes, as far as history is known. `positions[i]` is the first
   * position that has `bytes[i]` on the console: `outputUntil(p)` are the bytes with positions <= p.
   */
  outputSince(port: number, skip: number): { readonly bytes: Uint8Array; readonly positions: ArrayLike<number> };
  /** Inputs in the log so far, in order: the timeline's marks. */
  inputs(): readonly LoggedInput[];
  /** 32 hex digits: hash of the whole state here. */
  stateHash(): string;

  onOutput(listener: (port: number, bytes: Uint8Array) => void): Disposable;
  /** A motion, or a snapshot that was loaded, has thrown a branch away. */
  onBranchDropped(listener: (branch: DroppedBranch) => void): Disposable;
  /** After every change of position, end or mode that a viewer should show, and when a motion begins. */
  onChange(listener: () => void): Disposable;
  onProgress(listener: (progress: Progress | undefined) => void): Disposable;
  /** A replay that differs from what was recorded; motion has stopped. */
  onDivergence(listener: (message: string) => void): Disposable;
  dispose(): Promise<void>;
}
