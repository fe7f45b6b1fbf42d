import type { Splice } from "./splice.ts";

/**
 * What the page and the machine worker say to each other, over Comlink: plain cloneable data, addresses as hex text
 * or bigint, positions and nanoseconds as numbers. The worker owns all state of the machine; the page shows it.
 */

/** A file that the user dropped or chose. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Enough of a file to know what it is. */
export const FILE_HEAD_BYTES = 1024;

/** Where a processor that starts at the end of its firmware starts. */
export const FILE_TAIL_BYTES = 16;

/** A file's name and size, and its first and last bytes, FILE_HEAD_BYTES and FILE_TAIL_BYTES of them or all that there are. */
export interface FileHead {
  readonly name: string;
  readonly size: number;
  readonly head: Uint8Array<ArrayBuffer>;
  readonly tail: Uint8Array<ArrayBuffer>;
}

/** What a file can be beside a recording. */
export type RecognizedImage = "kernel" | "initrd" | "firmware";

/** A file of any size, of which only parts are read: a File is one. */
export interface SlicedFile {
  readonly name: string;
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

declare global {
  /** As the browser has it. */
  interface Blob {
    readonly size: number;
  }
}

/** A file for the user's disk: of any size, so that its content is the browser's to hold. */
export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

/**
 * Where a machine's images come from: the site, which may have several guests by name (left out: the first), or the user's own
 * files, a kernel or firmware among them.
 */
export type BootSource =
  | { readonly kind: "demo"; readonly guest?: string }
  | {
      readonly kind: "files";
      readonly kernel?: NamedBytes;
      readonly initrd?: NamedBytes;
      readonly firmware?: NamedBytes;
      readonly append?: string;
    };

/** What the site offers, and for which CPUs a user may bring a kernel. */
export interface DemoView {
  readonly boot: boolean;
  readonly recording: boolean;
  readonly title: string;
  /** Names of the guests that there are beside the first. */
  readonly others: readonly string[];
  readonly kernels: string;
}

export interface RecordingInfo {
  readonly id: string;
  readonly name: string;
  /** Positions; undefined while not known. */
  readonly length: number | undefined;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
  /** Open in another tab, which writes it. */
  readonly locked: boolean;
}

export interface Mark {
  readonly position: number;
  readonly label: string;
}

export interface SnapshotMark extends Mark {
  readonly virtualNs: number;
  /** Named by the user, not automatic. */
  readonly named: boolean;
}

export interface ProgressView {
  /** A sentence start, such as "Fetching the kernel". */
  readonly task: string;
  readonly done: number;
  readonly total: number;
  readonly unit: "bytes" | "instructions";
  readonly cancellable: boolean;
}

export type BridgeState =
  /** No bridge is offered here; `reason` says what to do. */
  | { readonly kind: "off"; readonly reason: string }
  | { readonly kind: "connecting" }
  /** The bridge listens for gdb on loopback. */
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "attached"; readonly port: number; readonly stopped: boolean };

export type StopReason = "breakpoint" | "watchpoint" | "history-start" | "history-end" | "shutdown" | "interrupted";

/** One instant of the machine, and what is known of its history. Every field belongs to the same instant. */
export interface View {
  /** "none": no machine yet. "live": no recording is kept. */
  readonly mode: "none" | "live" | "record" | "play";
  readonly recording: { readonly id: string; readonly name: string } | undefined;
  /** Names the history shown: with another name, the same position may be another instant. */
  readonly history: string;
  /** Another tab writes this recording. */
  readonly readOnly: boolean;
  /** The motion in progress. */
  readonly motion: "none" | "run" | "seek" | "back";
  readonly position: number;
  /** Where a seek in progress is going. */
  readonly target: number | undefined;
  readonly end: number;
  readonly virtualNs: number;
  readonly indexedTo: number;
  /** Instructions per second of the host, over the last half second; 0 at rest. */
  readonly speed: number;
  /** Share of them in translated code, 0 to 1; undefined where all code is interpreted. */
  readonly translated: number | undefined;
  readonly privilege: string;
  readonly pc: string;
  readonly stop: { readonly reason: StopReason; readonly text: string } | undefined;
  readonly snapshots: readonly SnapshotMark[];
  readonly inputs: readonly Mark[];
  readonly bridge: BridgeState;
  readonly breakpoints: readonly BreakpointView[];
  readonly progress: ProgressView | undefined;
}

/** A view as the page is told of it: of what there are thousands of, what is new since the view before. */
export interface ViewChange extends Omit<View, "snapshots" | "inputs"> {
  readonly snapshots: Splice<SnapshotMark> | undefined;
  readonly inputs: Splice<Mark> | undefined;
}

export interface BreakpointView {
  readonly id: number;
  readonly kind: "break" | "write" | "read" | "access";
  /** As it was asked for: "start_kernel+0x10", "0xffff8000080a0000". */
  readonly label: string;
  readonly address: bigint;
  readonly length: number;
  readonly enabled: boolean;
}

/** A break- or watchpoint as it is remembered. */
export type KeptBreakpoint = Omit<BreakpointView, "id">;

/** Console output with the first position that shows each byte. `reset`: forget what came before. */
export interface OutputChunk {
  readonly reset: boolean;
  readonly bytes: Uint8Array;
  readonly positions: Float64Array;
}

export interface Notice {
  readonly level: "info" | "warning" | "error";
  readonly text: string;
  /** What it is about, such as "storage": another notice of that takes its place, and it goes when that is over. */
  readonly cause?: string;
}

/** Implemented by the page; calls may be dropped when the page is gone. */
export interface Listener {
  view(change: ViewChange): void | Promise<void>;
  output(chunk: OutputChunk): void | Promise<void>;
  notice(notice: Notice): void | Promise<void>;
  /** What notices of this cause told of is over. */
  over(cause: string): void | Promise<void>;
}

export interface RegisterView {
  readonly name: string;
  /** Hex digits, most significant first. */
  readonly value: string;
  readonly group: "general" | "float" | "system";
}

export interface CodeLine {
  readonly address: bigint;
  /** "ffff8000093909fc"; empty where nothing is mapped. */
  readonly bytes: string;
  /** With its prefixes: "rep movsl". */
  readonly mnemonic: string;
  readonly operands: string;
  /** "start_kernel+0x1c", at the first line of a run and where the symbol changes. */
  readonly symbol: string | undefined;
  /** Symbol of a branch's destination. */
  readonly comment: string | undefined;
}

export interface StackFrame {
  readonly address: bigint;
  readonly symbol: string | undefined;
  /** It lies on the stack as a return address does; no frame says that it is one. */
  readonly guessed?: true;
}

export interface InspectRequest {
  /** Centre of the disassembly; undefined: the pc. */
  readonly codeAddress: bigint | undefined;
  /** So many instructions behind it, or before for a negative number. */
  readonly codeScroll: number;
  readonly codeLines: number;
  /** Of the disassembly, where the guest has one of this name; undefined: the usual one. */
  readonly syntax: string | undefined;
  readonly memoryAddress: bigint | undefined;
  readonly memoryBytes: number;
}

/** Details of one instant, all read at `position`. */
export interface Inspection {
  readonly position: number;
  readonly pc: bigint;
  readonly registers: readonly RegisterView[];
  /** That the disassembly can have; none where there is no choice. */
  readonly syntaxes: readonly string[];
  readonly code: readonly CodeLine[];
  readonly memory: {
    readonly address: bigint;
    readonly bytes: Uint8Array | undefined;
    readonly symbol: string | undefined;
  };
  readonly stack: readonly StackFrame[];
}

/** Failures reject with one clear line, meant to be shown as it is. */
export interface MachineApi {
  /** At once: a `view` and the output so far; then every change, at most 60 times a second. `site`: the page's folder. */
  subscribe(listener: Listener, site: string): Promise<void>;

  /** Powers on a machine and records it under a new recording. */
  boot(source: BootSource): Promise<void>;
  openRecording(id: string): Promise<void>;
  /** Fetches, imports and opens the recording that comes with the site. */
  openDemoRecording(): Promise<void>;
  close(): Promise<void>;
  /** What the site's `guest/` folder offers. */
  demo(): Promise<DemoView>;

  /** What files are, in order; undefined for those that are no image that a machine here takes. */
  recognize(files: readonly FileHead[]): Promise<readonly (RecognizedImage | undefined)[]>;

  listRecordings(): Promise<readonly RecordingInfo[]>;
  renameRecording(id: string, name: string): Promise<void>;
  deleteRecording(id: string): Promise<void>;
  /** Resolves to undefined when it was cancelled. */
  exportRecording(id: string): Promise<NamedBlob | undefined>;
  /**
   * Resolves to the new recording's id, or to undefined when it was cancelled. `images`: kernels and initrds that it may
   * need.
   */
  importRecording(file: SlicedFile, images: readonly NamedBytes[]): Promise<string | undefined>;
  /**
   * Images for the recording that could not be opened without them, which a notice of the cause "missing images" has asked
   * for. Resolves to its id once all are there, to undefined when none waits; rejects when these are not enough.
   */
  giveImages(files: readonly NamedBytes[]): Promise<string | undefined>;

  run(): Promise<void>;
  pause(): Promise<void>;
  step(): Promise<void>;
  stepBack(): Promise<void>;
  runBack(): Promise<void>;
  /** Goes to `position`. A later call overtakes an earlier one, which then resolves to false. */
  seek(position: number): Promise<boolean>;
  /**
   * Goes where the text says: a position, a time ("0.5s"), a kernel log line's time ("1.2892"), a symbol (its last
   * execution before here, else the next), "start", "end". False as for `seek`; rejects with what is wrong with it.
   */
  go(text: string): Promise<boolean>;
  returnToLive(): Promise<void>;
  /** Ends the motion or the task in progress. */
  cancel(): Promise<void>;
  reset(): Promise<void>;

  /** False when refused: in the past, or no live end. */
  sendInput(bytes: Uint8Array): Promise<boolean>;
  /** A BREAK on the guest's serial port; false when refused, as `sendInput`. */
  sendBreak(): Promise<boolean>;

  inspect(request: InspectRequest): Promise<Inspection | undefined>;
  /** Address of "name", "name+0x10", "0x…" or "$register"; rejects when unknown. */
  resolve(expression: string): Promise<bigint>;
  /**
   * Symbols of the guest's kernel from a vmlinux, another ELF file with symbols, or a System.map, used while the machine is
   * open. Resolves to how many there are, to undefined for a file that holds no Linux kernel's symbols; rejects for one of
   * another kernel.
   */
  addSymbols(file: SlicedFile): Promise<number | undefined>;
  completeSymbol(prefix: string, limit: number): Promise<readonly string[]>;
  addBreakpoint(kind: BreakpointView["kind"], expression: string, length: number): Promise<void>;
  /** Sets what was remembered, where nothing is set yet. */
  restoreBreakpoints(points: readonly KeptBreakpoint[]): Promise<void>;
  removeBreakpoint(id: number): Promise<void>;
  enableBreakpoint(id: number, enabled: boolean): Promise<void>;

  saveSnapshot(name: string): Promise<void>;
  deleteSnapshot(name: string): Promise<void>;
  /** One HMP command; its output. */
  monitor(command: string): Promise<string>;
  /** An ELF file with the kernel's symbols, for gdb's `symbol-file`. */
  symbolFile(): Promise<NamedBlob>;
  stateHash(): Promise<string>;
  /** The page is out of sight, perhaps for good: what can be stored of a recording in the making is stored now. */
  hidden(): Promise<void>;

  /** `url`: the bridge's WebSocket with its token; undefined: what the page's own server offers. */
  connectBridge(url: string | undefined): Promise<void>;
  /** Drops gdb's connection; the machine stays where it is. */
  detachDebugger(): Promise<void>;
}
