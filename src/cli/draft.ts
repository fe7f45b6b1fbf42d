import type { BoardType } from "../machine/index.ts";
import type { DeviceOptions } from "./devices.ts";
import type { Drive } from "./drive.ts";
import type { Icount } from "./icount.ts";

/** A field of the board's configuration. */
export interface OwnField {
  /** undefined: it is left out, as by default. */
  readonly value: unknown;
  /** Which option says so. */
  readonly option: string;
}

/** What the command line asks for, in QEMU's terms, without the devices of characters. */
export interface Settings {
  /** A board by its name. */
  readonly machine: string;
  readonly cpu: string;
  readonly ramBytes: number;
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly dtb: string | undefined;
  readonly bios: string | undefined;
  /** Of `-boot`. */
  readonly splash: string | undefined;
  readonly append: string;
  /** Seeds in the device tree. */
  readonly randomness: boolean;
  /** What was said of fields of the board's configuration, by name. */
  readonly own: ReadonlyMap<string, OwnField>;
  /** Whether hot code is translated. */
  readonly translate: boolean;
  readonly gdb: { readonly host: string; readonly port: number } | undefined;
  readonly startStopped: boolean;
  readonly reboot: boolean;
  /** A power-off ends the process. */
  readonly shutdown: boolean;
  readonly icount: Icount;
  /** Bytes that snapshots may take in memory; undefined: as many as usual. */
  readonly snapshotMemory: number | undefined;
  /** Images of disks: looked at, attached to nothing. */
  readonly drives: readonly Drive[];
  /** What the user calls the machine. */
  readonly name: string | undefined;
  /** What the host calls the process. */
  readonly processName: string | undefined;
  /** Where the device tree is written to, instead of running. */
  readonly dumpdtb: string | undefined;
  /** Options that were given, by their first name. */
  readonly given: ReadonlySet<string>;
}

/** Text to print instead of running: `-help`, `-M help`, `-version`. */
export interface Information {
  readonly information:
    "help" | "machines" | "properties" | "cpus" | "accelerators" | "devices" | "netdevs" | "version";
  /** Whose properties. */
  readonly board?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What has been read so far. */
export interface Draft extends DeviceOptions {
  readonly options: Mutable<Omit<Settings, "given" | "drives" | "own" | "machine" | "cpu">> & {
    readonly given: Set<string>;
    readonly drives: Drive[];
    readonly own: Map<string, OwnField>;
  };
  /** What options that add up have said, by option. */
  readonly lists: Map<string, Map<string, string>>;
  /** Whether there is one of this name is looked at last: QEMU's harness asks `-M none` for lists. */
  machine: { readonly name: string; readonly option: string } | undefined;
  cpu: string | undefined;
  vga: string | undefined;
  /** What -global says of devices that may be added: "DRIVER.PROPERTY". */
  readonly globals: Map<string, number>;
  /** What options say of the board, to be taken once it is known. */
  readonly ofBoard: { readonly option: string; take(board: BoardType): void }[];
  information: Information["information"] | undefined;
}

/** Reads what an option was given. `option`: how the user wrote it, for errors that can only be said later. */
export type Take = (draft: Draft, value: string, option: string) => void;
