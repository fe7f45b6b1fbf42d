import { UserError } from "../base/index.ts";
import type { BoardType, OptionFields } from "../machine/index.ts";
import { takeDebugPort, takeDevice, takeGlobal } from "./added-devices.ts";
import { absentOption } from "./absent-options.ts";
import type { Draft } from "./draft.ts";
import type { OptionRow } from "./option-row.ts";
import { flag, mergeList, parseNumber, type Settings, settle } from "./values.ts";

/** Of -rtc. */
const clockProperties: Settings = {
  clock: { values: ["host", "rt", "vm"], only: ["host", "vm"] },
  driftfix: { values: ["none", "slew"], only: ["none"] },
};

/** What QEMU's machines can have. */
const CARDS = ["none", "std", "cirrus", "vmware", "qxl", "virtio", "xenfb", "tcx", "cg3"];

const bootProperties = ["order", "once", "menu", "splash", "splash-time", "reboot-timeout", "strict"];

/** Sets a field of the board's configuration; undefined: as by default. */
function set<K extends keyof OptionFields>(draft: Draft, name: K, value: OptionFields[K], option: string): void {
  draft.options.own.set(name, { value, option });
}

const takes = (board: BoardType, field: keyof OptionFields): boolean => board.options.fields?.includes(field) === true;

/** Those that say how the machine is, beside -M and -cpu. */
export const machineRows: readonly OptionRow[] = [
  {
    names: ["vga"],
    argument: "none|std",
    help: "the graphics card, where the board has one",
    take(d, value, option) {
      d.vga = value;
      const take = (board: BoardType): void => {
        const here = takes(board, "vga") ? ["none", "std"] : ["none"];
        if (!CARDS.includes(value)) throw new UserError(`unknown vga type: ${value}`);
        if (!here.includes(value))
          throw new UserError(
            `vga '${value}' is not available; only ${here.map((name) => `'${name}'`).join(" or ")} is available`,
          );
      };
      d.ofBoard.push({ option, take });
    },
  },
  {
    names: ["rtc"],
    argument: "base=utc|localtime|DATETIME",
    help: "the clock's base",
    take(d, value, option) {
      const properties = mergeList(d.lists, "rtc", value, ["base", "clock", "driftfix"]);
      const base = properties.get("base") ?? "utc";
      const seconds = baseOf(base);
      settle("the clock", clockProperties, "clock", properties.get("clock") ?? "vm");
      settle("the clock", clockProperties, "driftfix", properties.get("driftfix") ?? "none");
      const take = (board: BoardType): void => {
        if (takes(board, "rtcBase")) set(d, "rtcBase", seconds, "-rtc");
        else if (base !== "utc") throw new UserError(`base=${base} is not available here; only 'utc' is`);
      };
      d.ofBoard.push({ option, take });
    },
  },
  {
    names: ["boot"],
    argument:
      "[order=]LETTERS[,once=LETTERS][,menu=on|off][,splash=FILE][,splash-time=MS][,reboot-timeout=MS][,strict=on|off]",
    help: "what firmware boots from: a floppy disk (a), hard disk (c), CD-ROM (d), network (n)",
    take(d, value, option) {
      const properties = mergeList(d.lists, "boot", value, bootProperties);
      const take = (board: BoardType): void => {
        if (!takes(board, "boot")) throw new UserError(absentOption("boot"));
        takeBoot(d, properties);
      };
      d.ofBoard.push({ option, take });
    },
  },
  ...(["acpi", "hpet"] as const).map((name): OptionRow => ({
    names: [`no-${name}`],
    help: `as -M ${name}=off`,
    take(d, _value, option) {
      const take = ({ options }: BoardType): void => {
        if (!Object.hasOwn(options.flags ?? {}, name)) throw new UserError(absentOption(`no-${name}`));
        d.options.own.set(name, { value: false, option: "-M" });
      };
      d.ofBoard.push({ option, take });
    },
  })),
  {
    names: ["debugcon"],
    argument: "DEVICE",
    help: "where the port goes that firmware writes its messages to",
    take: takeDebugPort,
  },
  {
    names: ["device"],
    argument: "MODEL[,PROPERTY=VALUE...]",
    help: "adds a device; 'help' lists",
    take: takeDevice,
  },
  {
    names: ["global"],
    argument: "DRIVER.PROPERTY=VALUE",
    help: "what a device's property is where nothing else is said",
    take: takeGlobal,
  },
];

/** QEMU's third is a day, with or without a time. Seconds since 1970; undefined: the host's time at power-on. */
function baseOf(base: string): number | undefined {
  if (base === "utc") return undefined;
  if (base === "localtime") {
    const now = new Date();
    return Math.floor(now.getTime() / 1000) - 60 * now.getTimezoneOffset();
  }
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$/.test(base)
    ? Date.parse(base.length > 10 ? `${base}Z` : base)
    : NaN;
  if (Number.isNaN(time)) throw new UserError("parameter 'base' expects 'utc', 'localtime' or a date");
  return time / 1000;
}

function takeBoot(draft: Draft, properties: ReadonlyMap<string, string>): void {
  const ms = (name: string): number | undefined => {
    const value = properties.get(name);
    return value === undefined ? undefined : parseNumber(name, value);
  };
  set(draft, "boot", properties.get("order"), "-boot");
  set(draft, "bootOnce", properties.get("once"), "-boot");
  set(draft, "bootStrict", flag("strict", properties.get("strict") ?? "off") || undefined, "-boot");
  draft.options.splash = properties.get("splash");
  set(draft, "bootMenu", flag("menu", properties.get("menu") ?? "off") || undefined, "-boot");
  set(draft, "splashTimeMs", ms("splash-time"), "-boot");
  set(draft, "rebootTimeoutMs", ms("reboot-timeout"), "-boot");
}
