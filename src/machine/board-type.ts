import { assert } from "../base/index.ts";
import type { GenericSchema } from "valibot";
import type { TranslationService } from "../engine/index.ts";
import type { Door } from "../hardware/index.ts";
import type { Guest } from "../isa/index.ts";
import type { EmulatedMachine } from "./emulated-machine.ts";
import type { ImageRole, Images, MachineConfiguration } from "./machine.ts";

/** A property that can only say how things are: what it may say, and which of it is available; undefined: all of it. */
export interface Setting {
  readonly values: readonly string[];
  readonly only?: readonly string[];
}
export type Settings = Readonly<Record<string, Setting>>;

/**
 * What options of QEMU's beside `-M` say: fields of a board's configuration that mean the same on all boards that take them,
 * each left out where nothing is said.
 */
export interface OptionFields {
  /** Serial ports; left out: one. */
  readonly serials?: number;
  /** `-vga none`. */
  readonly vga?: false;
  /** `-rtc base`, in seconds since 1970; left out: the host's time at power-on. */
  readonly rtcBase?: number;
  /** `-boot order`: letters of devices. */
  readonly boot?: string;
  /** `-boot once`: until the first reset. */
  readonly bootOnce?: string;
  /** `-boot strict=on`. */
  readonly bootStrict?: true;
  /** `-boot menu=on`. */
  readonly bootMenu?: true;
  /** `-boot splash-time` and `reboot-timeout`, in ms. */
  readonly splashTimeMs?: number;
  readonly rebootTimeoutMs?: number;
}

/** A device that `-device` may add, once. */
export interface DeviceModel {
  /** Its properties that are numbers, with their defaults. */
  readonly numbers: Readonly<Record<string, number>>;
  /** The host port that its `chardev` is behind; left out: it has none. */
  readonly port?: number;
  /** What it is in the board's configuration. Throws UserError for numbers that it cannot have. */
  configure(numbers: Readonly<Record<string, number>>): object;
}

/** What a machine is made of. */
export interface BoardParts<C extends MachineConfiguration = MachineConfiguration> {
  readonly configuration: C;
  readonly images: Images;
  /** The compiled interpreter of the board's guest. */
  readonly interpreter: WebAssembly.Module;
  readonly door: Door;
  /** The guest's translator, usually in a worker of its own. Without one, all code is interpreted. */
  readonly translation?: TranslationService;
}

/** A kind of machine, for everything that makes, lists or names machines. Handed to `boards.register`. */
export interface BoardType<C extends MachineConfiguration = MachineConfiguration> {
  /** As `-M` takes it, and as recordings name it. */
  readonly name: string;
  /** Its line in `-M help`. */
  readonly description: string;
  /** Its interpreter is `build/interpreter-NAME.wasm`, by the guest's name. */
  readonly guest: Guest;
  /** QEMU's programs that have it (qemu-system-NAME), and the CPU that each takes where none is named; the first one's is the page's. */
  readonly systems: Readonly<Record<string, string>>;
  /** Those programs take it where `-M` is left out. */
  readonly isDefault?: true;
  /** QEMU's other names of it. */
  readonly aliases?: readonly string[];
  /** The models that `-cpu` may name, with their properties. */
  readonly cpus: Readonly<Record<string, Settings>>;
  /** Of recordings and command lines, which may say anything. It checks and changes nothing. */
  readonly configuration: GenericSchema<unknown, C>;
  /** What images are for that it takes, and which they may be, for `-help`. */
  readonly images: Readonly<Record<ImageRole, string>>;
  /** Whether a file is a kernel that it boots as it is, by its first kilobyte. */
  isKernel(head: Uint8Array): boolean;
  /** Whether a file is firmware that it starts in, by its size and its last 16 bytes; left out: that cannot be told. */
  isFirmware?(bytes: number, tail: Uint8Array): boolean;
  /**
   * Whether a kernel gets several files in the initrd's place, each with a command line: the initrd is all of them, and `modules` in the
   * configuration says of each its line and its bytes. Left out: none does.
   */
  takesModules?(kernel: Uint8Array): boolean;
  /** What Linux calls its console. */
  readonly console: string;
  /** What QEMU calls what is behind its host ports, by number; the first is the console's. */
  readonly ports: readonly string[];
  readonly options: {
    /** Properties of `-M NAME,...` that only say how the board is. */
    readonly settings: Settings;
    /** Those that are on or off, with their defaults: fields of its configuration, left out where they are as by default. */
    readonly flags?: Readonly<Record<string, boolean>>;
    /** Those that are sizes, and their fields. */
    readonly sizes?: Readonly<Record<string, string>>;
    /** Those that QEMU's board has and this one lacks. */
    readonly absent: readonly string[];
    /** Fields that other options than `-M` may set. */
    readonly fields?: readonly (keyof OptionFields)[];
    /** Properties of drivers that `-global` may name, beside those of `devices`. */
    readonly globals?: Readonly<Record<string, Settings>>;
    readonly devices?: Readonly<Record<string, DeviceModel>>;
  };
  /** The files that it boots with where no others are named, by role; they come from Debian's packages. */
  defaultImages?(configuration: C, images: Images): Readonly<Record<ImageRole, string>>;
  /** Devices and CPU, at power-on. Throws UserError for what cannot be built or booted. */
  create(parts: BoardParts<C>): EmulatedMachine;
  /** What `-M dumpdtb` writes; absent where a board has none. */
  readonly deviceTree?: {
    readonly seedBytes: number;
    dump(images: Images, configuration: C, seed: Uint8Array | undefined): Uint8Array | undefined;
  };
}

/** The CPU that a board has where none is named; `system`: for one of QEMU's programs. */
export function defaultCpu({ systems }: BoardType, system = Object.keys(systems)[0]!): string {
  const cpu = systems[system];
  assert(cpu !== undefined, `qemu-system-${system} has no such board`);
  return cpu;
}
