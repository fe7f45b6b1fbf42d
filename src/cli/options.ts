import { UserError } from "../base/index.ts";
import { absentOption } from "./absent-options.ts";
import type { CharDevice } from "./chardev.ts";
import { type Devices, findDevices } from "./devices.ts";
import type { Draft, Information, Settings } from "./draft.ts";
import { icountOf } from "./icount.ts";
import { optionRows } from "./option-rows.ts";
import { boards } from "../machine/index.ts";
import { parseMemory } from "./values.ts";

export type { CharDevice, Information };

/** A command line that asks for a machine. */
export interface Options extends Settings, Devices {}

/** Reads QEMU's options. A UserError names the option and what is wrong with it, in one line. */
export function parseOptions(args: readonly string[]): Options | Information {
  const draft: Draft = {
    options: {
      ramBytes: 128 << 20,
      kernel: undefined,
      initrd: undefined,
      dtb: undefined,
      bios: undefined,
      append: "",
      randomness: true,
      flags: {},
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
    ofBoard: [],
    serial: undefined,
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
    const row = optionRows.find(({ names }) => names.includes(word.replace(/^--?/, "")));
    if (!row) throw new UserError(`${word}: ${absentOption(word.replace(/^--?/, "")) ?? "invalid option"}`);
    draft.options.given.add(row.names[0]!);
    const value = row.argument === undefined ? "" : args[++i];
    if (value === undefined) throw new UserError(`${word}: requires an argument`);
    const option = row.argument === undefined ? word : `${word} ${value}`;
    blaming(option, () => row.take(draft, value, option));
    if (draft.information) return { information: draft.information };
  }
  return finish(draft);
}

function finish(draft: Draft): Options {
  const { machine } = draft;
  const board = machine && blaming(machine.option, () => boards.named(machine.name));
  // Who names none has a mistake told, too.
  for (const { option, take } of draft.ofBoard) blaming(option, () => take(board ?? boards.all[0]!));
  const { icount } = draft.options;
  if (icount.rr && icount.file === undefined) throw new UserError(`-icount rr=${icount.rr}: rrfile=FILE is needed`);
  checkMemory(draft);
  const devices = findDevices(draft);
  // Last: a mistake says more.
  if (!board) throw new UserError(`no machine specified, and there is no default; use -M ${boards.names}`);
  const cpu = draft.cpu ?? Object.keys(board.cpus)[0]!;
  return { ...draft.options, ...devices, machine: board.name, cpu };
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
