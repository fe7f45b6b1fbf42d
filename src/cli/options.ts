import { UserError } from "../base/index.ts";
import { absentOption } from "./absent-options.ts";
import type { CharDevice } from "./chardev.ts";
import { type Devices, findDevices } from "./devices.ts";
import type { Draft, Information, Settings } from "./draft.ts";
import { icountOf } from "./icount.ts";
import { optionRows } from "./option-rows.ts";
import { boards, type BoardType, defaultCpu, notHere } from "../machine/index.ts";
import { parseMemory } from "./values.ts";

export type { CharDevice, Information };

/** A command line that asks for a machine. */
export interface Options extends Settings, Devices {}

/**
 * Reads the options of one of QEMU's programs (qemu-system-SYSTEM), or of any. A UserError names the option and what is wrong
 * with it, in one line.
 */
export function parseOptions(args: readonly string[], system?: string): Options | Information {
  const there = boards.of(system);
  const rows = optionRows(there);
  const draft: Draft = {
    options: {
      ramBytes: 128 << 20,
      kernel: undefined,
      initrd: undefined,
      dtb: undefined,
      bios: undefined,
      splash: undefined,
      append: "",
      randomness: true,
      own: new Map(),
      translate: true,
      gdb: undefined,
      startStopped: false,
      reboot: true,
      shutdown: true,
      icount: icountOf(new Map([["shift", "0"]])),
      snapshotMemory: undefined,
      drives: [],
      name: undefined,
      processName: undefined,
      dumpdtb: undefined,
      given: new Set(),
    },
    lists: new Map(),
    machine: undefined,
    cpu: undefined,
    vga: undefined,
    globals: new Map(),
    ofBoard: [],
    serials: undefined,
    behindPorts: new Map(),
    monitors: [],
    chardevs: new Map(),
    nographic: false,
    display: true,
    defaults: true,
    information: undefined,
  };
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (!word.startsWith("-") || word === "-") throw new UserError(`${word}: disks are not available yet`);
    const row = rows.find(({ names }) => names.includes(word.replace(/^--?/, "")));
    if (!row) throw new UserError(`${word}: ${absentOption(word.replace(/^--?/, "")) ?? "invalid option"}`);
    draft.options.given.add(row.names[0]!);
    const value = row.argument === undefined ? "" : args[++i];
    if (value === undefined) throw new UserError(`${word}: requires an argument`);
    const option = row.argument === undefined ? word : `${word} ${value}`;
    blaming(option, () => row.take(draft, value, option));
    const { information, machine } = draft;
    if (information === "properties" && machine)
      return { information, board: blaming(machine.option, () => boardCalled(machine.name, there)).name };
    if (information) return { information };
  }
  return finish(draft, there, system);
}

function finish(draft: Draft, there: readonly BoardType[], system: string | undefined): Options {
  const { machine, options } = draft;
  const board = machine
    ? blaming(machine.option, () => boardCalled(machine.name, there))
    : system !== undefined && there.find(({ isDefault }) => isDefault);
  // Who names none has a mistake told, too.
  const likely = board || there[0]!;
  for (const { option, take } of draft.ofBoard) blaming(option, () => take(likely));
  const { icount } = options;
  if (icount.rr && icount.file === undefined) throw new UserError(`-icount rr=${icount.rr}: rrfile=FILE is needed`);
  checkMemory(draft);
  const devices = findDevices(draft, likely.ports.filter((name) => name.startsWith("serial")).length);
  // Last: a mistake says more.
  if (!board) {
    const names = there.map(({ name }) => name).join(" or ");
    throw new UserError(`no machine specified, and there is no default; use -M ${names}`);
  }
  const cpu = draft.cpu ?? defaultCpu(board, system);
  settleDefaults(draft, board, devices);
  return { ...options, ...devices, machine: board.name, cpu };
}

function boardCalled(name: string, there: readonly BoardType[]): BoardType {
  return there.find((board) => board.name === name || board.aliases?.includes(name)) ?? notHere(name, there);
}

/** What follows from several options: how many serial ports there are, and whether there is a screen. */
function settleDefaults({ options, vga, defaults, nographic }: Draft, board: BoardType, { serials }: Devices): void {
  const { fields, flags = {} } = board.options;
  const { own } = options;
  if (fields?.includes("serials"))
    own.set("serials", { value: serials.length === 1 ? undefined : serials.length, option: "-serial" });
  const card = vga ?? (defaults ? undefined : "none");
  if (fields?.includes("vga")) own.set("vga", { value: card === "none" ? false : undefined, option: "-vga" });
  if (nographic && Object.hasOwn(flags, "graphics")) own.set("graphics", { value: false, option: "-nographic" });
}

/** What is wrong is said of this option. */
function blaming<T>(option: string, take: () => T): T {
  try {
    return take();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${option}: ${error.message}`);
  }
}

/** What can only be said of all that `-m` was given. */
function checkMemory({ lists, options }: Draft): void {
  const [slots, maxmem] = [lists.get("m")?.get("slots"), lists.get("m")?.get("maxmem")];
  const [places, most] = [slots === undefined ? 0 : Number(slots), maxmem === undefined ? 0 : parseMemory(maxmem)];
  if (maxmem === undefined && slots !== undefined) throw new UserError(`-m slots=${slots}: maxmem is missing`);
  if (maxmem !== undefined && most < options.ramBytes)
    throw new UserError(`-m maxmem=${maxmem}: it is less than the RAM that there is`);
  if (places > 0 || (maxmem !== undefined && most > options.ramBytes))
    throw new UserError("-m: slots and maxmem are not available here: no memory can be added to a running machine");
}

/**
 * Of options for a machine that is to start: a replay finds its kernel in the recording. Throws a UserError for what would
 * be of no use.
 */
export function checkBoot({ kernel, given }: Options): void {
  for (const option of ["append", "initrd"])
    if (kernel === undefined && given.has(option)) throw new UserError(`-${option} is only of use with -kernel`);
}
