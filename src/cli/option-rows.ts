import { UserError } from "../base/index.ts";
import { parseChardev } from "./chardev.ts";
import { parseDrive } from "./drive.ts";
import { parseIcount } from "./icount.ts";
import type { Draft } from "./options.ts";
import { flag, parseList, parseMemory } from "./values.ts";

type Take = (draft: Draft, value: string) => void;

export interface OptionRow {
  readonly names: readonly string[];
  /** How the argument is called in help; undefined: there is none. */
  readonly argument?: string;
  readonly help: string;
  readonly take: Take;
}

const LOOPBACK = ["", "127.0.0.1", "localhost", "::1"];

function only(wanted: readonly string[], what: string): Take {
  return (_draft, value) => {
    if (!wanted.includes(value))
      throw new UserError(`${what}; only ${wanted.map((w) => `'${w}'`).join(" or ")} is available`);
  };
}

/** QEMU's options that this machine has, in the order of `-help`. */
export const optionRows: readonly OptionRow[] = [
  { names: ["h", "help"], help: "show this", take: (d) => (d.information = "help") },
  { names: ["version"], help: "show the version", take: (d) => (d.information = "version") },
  {
    names: ["M", "machine"],
    argument: "virt[,dtb-randomness=on|off]",
    help: "the board; 'help' lists",
    take: takeMachine,
  },
  {
    names: ["cpu"],
    argument: "cortex-a53",
    help: "the CPU; 'help' lists",
    take(d, value) {
      if (value === "help") d.information = "cpus";
      else if (value !== "cortex-a53") throw new UserError(`unable to find CPU model '${value}'`);
    },
  },
  {
    names: ["accel"],
    argument: "tcg[,translate=on|off]",
    help: "the accelerator; 'help' lists. translate=off: all code is interpreted",
    take(d, value) {
      const [name, ...properties] = value.split(",");
      if (value === "help") d.information = "accelerators";
      else if (name !== "tcg") throw new UserError(`invalid accelerator ${value}`);
      for (const property of properties) {
        const [key = "", setting = "on"] = property.split("=");
        if (key === "translate") d.options.translate = flag(key, setting);
        else throw new UserError(`property '${property}' of the accelerator is not available`);
      }
    },
  },
  {
    names: ["smp"],
    argument: "1",
    help: "the number of CPUs",
    take(_d, value) {
      if (!/^(cpus=)?1$/.test(value)) throw new UserError("only one CPU is available");
    },
  },
  {
    names: ["m"],
    argument: "SIZE",
    help: "RAM, in MiB or with a suffix; 128M",
    take: (d, v) => (d.options.ramBytes = parseMemory(v)),
  },
  {
    names: ["kernel"],
    argument: "FILE",
    help: "an arm64 Image, plain or gzip, or an ELF file",
    take: (d, v) => (d.options.kernel = v),
  },
  { names: ["initrd"], argument: "FILE", help: "the initial RAM disk", take: (d, v) => (d.options.initrd = v) },
  { names: ["append"], argument: "TEXT", help: "the kernel's command line", take: (d, v) => (d.options.append = v) },
  {
    names: ["dtb"],
    argument: "FILE",
    help: "a device tree in place of the board's",
    take: (d, v) => (d.options.dtb = v),
  },
  { names: ["bios"], argument: "FILE", help: "firmware", take: (d, v) => (d.options.bios = v) },
  { names: ["nographic"], help: "serial port and monitor together on stdio", take: (d) => (d.nographic = true) },
  {
    names: ["display"],
    argument: "none",
    help: "there is no display",
    take(d, value) {
      only(["none"], `display '${value}' is not available`)(d, value);
      d.display = false;
    },
  },
  {
    names: ["vga"],
    argument: "none",
    help: "there is no graphics card",
    take: (d, v) => only(["none"], `vga '${v}' is not available`)(d, v),
  },
  { names: ["serial"], argument: "DEVICE", help: "where the serial port goes", take: takeSerial },
  {
    names: ["monitor"],
    argument: "DEVICE",
    help: "where the monitor goes",
    take: (d, v) => d.monitors.push({ where: v, mode: "readline", pretty: false }),
  },
  {
    names: ["parallel"],
    argument: "none",
    help: "there is no parallel port",
    take: (d, v) => only(["none", "null"], `parallel '${v}' is not available`)(d, v),
  },
  {
    names: ["chardev"],
    argument: "BACKEND,id=ID[,...]",
    help: "a character device: stdio, null, file, socket",
    take(d, value) {
      const { id, device } = parseChardev(value);
      if (d.chardevs.has(id)) throw new UserError(`Duplicate ID '${id}' for chardev`);
      d.chardevs.set(id, device);
    },
  },
  {
    names: ["mon"],
    argument: "[chardev=]ID[,mode=readline|control][,pretty=on|off]",
    help: "a monitor on a character device: for people, or QMP",
    take: takeMon,
  },
  {
    names: ["qmp"],
    argument: "DEVICE",
    help: "where a QMP monitor goes",
    take: (d, v) => d.monitors.push({ where: v, mode: "control", pretty: false }),
  },
  {
    names: ["qmp-pretty"],
    argument: "DEVICE",
    help: "the same, with replies that people can read",
    take: (d, v) => d.monitors.push({ where: v, mode: "control", pretty: true }),
  },
  {
    names: ["net"],
    argument: "none",
    help: "there is no network",
    take: (d, v) => only(["none"], "networks are not available yet")(d, v),
  },
  {
    names: ["nic"],
    argument: "none",
    help: "there is no network",
    take: (d, v) => only(["none"], "networks are not available yet")(d, v),
  },
  {
    names: ["netdev"],
    argument: "help",
    help: "there is no network",
    take(d, value) {
      if (value !== "help") throw new UserError("networks are not available yet");
      d.information = "netdevs";
    },
  },
  {
    names: ["drive"],
    argument: "file=FILE,if=none[,id=ID][,format=qcow2|raw]",
    help: "an image as QEMU's record/replay needs it; looked at, not attached to anything",
    take: (d, v) => d.options.drives.push(parseDrive(v)),
  },
  {
    names: ["device"],
    argument: "MODEL",
    help: "not available yet",
    take(d, value) {
      if (value === "help") d.information = "devices";
      else throw new UserError(`'${value.split(",")[0]}' is not available: extra devices are not supported yet`);
    },
  },
  {
    names: ["S"],
    help: "do not run before the debugger or the monitor says so",
    take: (d) => (d.options.startStopped = true),
  },
  {
    names: ["s"],
    help: "wait for gdb on port 1234 of loopback",
    take: (d) => (d.options.gdb = { host: "127.0.0.1", port: 1234 }),
  },
  { names: ["gdb"], argument: "tcp::PORT", help: "wait for gdb on a port of loopback", take: takeGdb },
  {
    names: ["snapshot-memory"],
    argument: "SIZE",
    help: "how much memory snapshots of history may take, in MiB or with a suffix; 512M (QEMU has no such option)",
    take: (d, v) => (d.options.snapshotMemory = parseMemory(v)),
  },
  { names: ["no-reboot"], help: "a reset ends the process", take: (d) => (d.options.reboot = false) },
  { names: ["no-shutdown"], help: "a power-off stops the machine only", take: (d) => (d.options.shutdown = false) },
  {
    names: ["rtc"],
    argument: "base=utc",
    help: "the clock's base",
    take(_d, value) {
      const { properties } = parseList(value, ["base", "clock"]);
      if ((properties.get("base") ?? "utc") !== "utc") throw new UserError("only base=utc is available");
      if ((properties.get("clock") ?? "vm") === "rt") throw new UserError("only clock=vm is available");
    },
  },
  {
    names: ["icount"],
    argument: "shift=N[,sleep=on|off][,rr=record|replay,rrfile=FILE[,rrsnapshot=NAME]]",
    help: "2^N ns of virtual time per instruction; record to a file, or replay it",
    take: (d, v) => (d.options.icount = parseIcount(v)),
  },
  { names: ["nodefaults"], help: "no serial port and monitor but those asked for", take: (d) => (d.defaults = false) },
  {
    names: ["name"],
    argument: "TEXT",
    help: "what QMP calls this machine",
    take: (d, v) => (d.options.name = v.split(",")[0]!.replace(/^guest=/, "")),
  },
];

function takeMachine(draft: Draft, value: string): void {
  if (value === "help" || value === "?") {
    draft.information = "machines";
    return;
  }
  const [first = "", ...rest] = value.split(",");
  const name = first.replace(/^type=/, "");
  draft.machine = name;
  if (name !== "virt") {
    const why = `unsupported machine type '${name}'; use -M help to list supported machines`;
    draft.wrongMachine = new UserError(`-M ${value}: ${why}`);
    return;
  }
  for (const property of rest) {
    const [key = "", setting = "on"] = property.split("=");
    if (key === "dtb-randomness" || key === "dtb-kaslr-seed") draft.options.randomness = flag(key, setting);
    else if (key === "accel" && setting === "tcg") continue;
    else if (key === "gic-version" && setting === "2") continue;
    else if ((key === "virtualization" || key === "secure") && setting === "off") continue;
    else throw new UserError(`property '${property}' of the virt machine is not available`);
  }
}

/** There is one serial port; QEMU's harness names others, for nobody. */
function takeSerial(draft: Draft, value: string): void {
  if (draft.serial === undefined) draft.serial = value;
  else if (value !== "null" && value !== "none") throw new UserError("there is only one serial port");
}

function takeMon(draft: Draft, value: string): void {
  const { first, properties } = parseList(value, ["chardev", "mode", "pretty"], "chardev");
  const mode = properties.get("mode") ?? "readline";
  if (mode !== "readline" && mode !== "control") throw new UserError(`mode '${mode}' is neither readline nor control`);
  const id = first ?? properties.get("chardev");
  if (id === undefined) throw new UserError("parameter 'chardev' is missing");
  const pretty = flag("pretty", properties.get("pretty") ?? "off");
  draft.monitors.push({ where: `chardev:${id}`, mode, pretty });
}

/** tcp:HOST:PORT[,server...]: a debugger can do anything, so only loopback listens. */
function takeGdb(draft: Draft, value: string): void {
  if (value === "none") {
    draft.options.gdb = undefined;
    return;
  }
  const match = /^tcp:(\[?[^,\]]*\]?):(\d{1,5})(,|$)/.exec(value);
  const host = match?.[1]?.replace(/[[\]]/g, "");
  const port = Number(match?.[2]);
  if (host === undefined || port > 65535) throw new UserError("a debugger's address is tcp::PORT");
  if (!LOOPBACK.includes(host)) throw new UserError(`gdb is served on loopback only, not on '${host}'`);
  draft.options.gdb = { host: host === "::1" ? host : "127.0.0.1", port };
}
