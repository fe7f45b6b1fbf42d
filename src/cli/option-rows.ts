import { UserError } from "../base/index.ts";
import { parseChardev } from "./chardev.ts";
import { parseDrive } from "./drive.ts";
import { icountOf, icountProperties } from "./icount.ts";
import { checkAccelerators, takeCpu, takeMachine } from "./machine-options.ts";
import type { Draft } from "./draft.ts";
import type { BoardType, ImageRole, Settings } from "../machine/index.ts";
import { machineRows } from "./machine-rows.ts";
import type { OptionRow } from "./option-row.ts";
import { flag, mergeList, parseList, parseMemory, parseNumber, settle, splitList } from "./values.ts";

/** Of a socket's properties in QEMU. */
const unheard = ["to", "ipv4", "ipv6", "telnet", "websocket", "reconnect", "reconnect-ms", "tls-creds", "tls-authz"];

/** Where QEMU serves a debugger, too. */
const OTHER_BACKENDS = ["unix", "udp", "telnet", "websocket", "stdio", "pty", "pipe", "file", "chardev", "mon", "vc"];

const LOOPBACK = ["", "127.0.0.1", "localhost", "::1"];

const acceleratorProperties: Settings = {
  "one-insn-per-tb": { values: ["on", "off"], only: ["off"] },
  "split-wx": { values: ["on", "off"], only: ["off"] },
  thread: { values: ["single", "multi"] },
};
/** Of -smp. */
const topology = ["cpus", "maxcpus", "drawers", "books", "sockets", "dies", "clusters", "modules", "cores", "threads"];

function only(wanted: readonly string[], what: string): (draft: Draft, value: string) => void {
  return (_draft, value) => {
    if (!wanted.includes(value))
      throw new UserError(`${what}; only ${wanted.map((w) => `'${w}'`).join(" or ")} is available`);
  };
}

/** QEMU's options that these boards have, in the order of `-help`. */
export function optionRows(boards: readonly BoardType[]): readonly OptionRow[] {
  return [...machineNames(boards), ...imageRows(boards), ...generalRows, ...machineRows];
}

const generalRows: readonly OptionRow[] = [
  { names: ["h", "help"], help: "show this", take: (d) => (d.information = "help") },
  { names: ["version"], help: "show the version", take: (d) => (d.information = "version") },
  {
    names: ["accel"],
    argument: "tcg[,translate=on|off]",
    help: "the accelerator; 'help' lists. translate=off: all code is interpreted",
    take(d, value) {
      const properties = splitList(value, "accel");
      const name = properties.get("accel") ?? "";
      if (name === "help" || name === "?") d.information = "accelerators";
      else checkAccelerators(name);
      for (const [key, setting] of properties) {
        if (key === "translate") d.options.translate = flag(key, setting);
        else if (key === "tb-size") parseNumber(key, setting);
        else if (key !== "accel") settle(name, acceleratorProperties, key, setting);
      }
    },
  },
  {
    names: ["smp"],
    argument: "1",
    help: "the number of CPUs",
    take(d, value) {
      for (const [name, count] of mergeList(d.lists, "smp", value, topology))
        if (parseNumber(name, count) !== 1) throw new UserError("only one CPU is available");
    },
  },
  {
    names: ["m"],
    argument: "SIZE",
    help: "RAM, in MiB or with a suffix; 128M",
    take(d, value) {
      const properties = mergeList(d.lists, "m", value, ["size", "slots", "maxmem"]);
      const [size, slots, maxmem] = ["size", "slots", "maxmem"].map((name) => properties.get(name));
      if (size !== undefined) d.options.ramBytes = parseMemory(size);
      if (slots !== undefined) parseNumber("slots", slots);
      if (maxmem !== undefined) parseMemory(maxmem);
    },
  },
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
    names: ["serial"],
    argument: "DEVICE",
    help: "where a serial port goes; again: the next one",
    take: (d, where, option) => (d.serials ??= []).push({ where, option }),
  },
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
    names: ["icount"],
    argument: "shift=N[,sleep=on|off][,rr=record|replay,rrfile=FILE[,rrsnapshot=NAME]]",
    help: "2^N ns of virtual time per instruction; record to a file, or replay it",
    take: (d, v) => (d.options.icount = icountOf(mergeList(d.lists, "icount", v, icountProperties))),
  },
  { names: ["nodefaults"], help: "no serial port and monitor but those asked for", take: (d) => (d.defaults = false) },
  {
    names: ["name"],
    argument: "TEXT[,process=NAME]",
    help: "what QMP calls this machine, and the host its process",
    take(d, value) {
      const properties = mergeList(d.lists, "name", value, ["guest", "process", "debug-threads"]);
      // There are no threads whose names could tell more.
      flag("debug-threads", properties.get("debug-threads") ?? "off");
      d.options.name = properties.get("guest");
      d.options.processName = properties.get("process");
    },
  },
  { names: ["no-user-config"], help: "nothing changes: there are no files of configuration", take: () => {} },
];

function machineNames(boards: readonly BoardType[]): readonly OptionRow[] {
  const names = boards.map(({ name }) => name).join("|");
  const tree = boards.some(({ deviceTree }) => deviceTree) ? "[,dtb-randomness=on|off][,dumpdtb=FILE]" : "";
  const flags = boards.flatMap(({ options }) => Object.keys(options.flags ?? {})).map((name) => `[,${name}=on|off]`);
  const sizes = boards.flatMap(({ options }) => Object.keys(options.sizes ?? {})).map((name) => `[,${name}=SIZE]`);
  return [
    {
      names: ["M", "machine"],
      argument: [names, tree, ...flags, ...sizes].join(""),
      help: `the board; 'help' lists.${tree && " dumpdtb: writes its device tree and ends"}`,
      take: takeMachine,
    },
    {
      names: ["cpu"],
      argument: [...new Set(boards.flatMap(({ cpus }) => Object.keys(cpus)))].join("|"),
      help: "the CPU; 'help' lists",
      take: takeCpu,
    },
  ];
}

/** What the boards that take such an image say of it. */
function imageRows(boards: readonly BoardType[]): readonly OptionRow[] {
  const row = (name: "kernel" | "initrd" | "dtb" | "bios", role: ImageRole): OptionRow => ({
    names: [name],
    argument: "FILE",
    help: [...new Set(boards.flatMap(({ images }) => images[role] ?? []))].join("; ") || "no board takes one",
    take(d, value, option) {
      d.options[name] = value;
      d.ofBoard.push({ option, take: (board) => takesImage(board, role) });
    },
  });
  const append: OptionRow = {
    names: ["append"],
    argument: "TEXT",
    help: "the kernel's command line",
    take: (d, v) => (d.options.append = v),
  };
  return [row("kernel", "kernel"), row("initrd", "initrd"), append, row("dtb", "dtb"), row("bios", "firmware")];
}

function takesImage({ images, name }: BoardType, role: ImageRole): void {
  if (!Object.hasOwn(images, role)) throw new UserError(`the ${name} machine takes no ${role}`);
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
  const [backend] = value.split(/[:,]/);
  if (OTHER_BACKENDS.includes(backend!))
    throw new UserError(`'${backend}' is not available for a debugger's address here; only tcp::PORT is`);
  const match = /^tcp:(\[?[^,\]]*\]?):(\d{1,5})(?:,(.*))?$/.exec(value);
  const host = match?.[1]?.replace(/[[\]]/g, "");
  const port = Number(match?.[2]);
  if (host === undefined || port > 65535) throw new UserError("a debugger's address is tcp::PORT");
  if (!LOOPBACK.includes(host)) throw new UserError(`gdb is served on loopback only, not on '${host}'`);
  if (match?.[3] !== undefined) checkGdbProperties(match[3]);
  draft.options.gdb = { host: host === "::1" ? host : "127.0.0.1", port };
}

/** It always listens, and nobody has to be there first: QEMU, too, says so whatever is asked for. */
function checkGdbProperties(text: string): void {
  const { properties } = parseList(text, ["server", "wait", "nowait", "nodelay", "delay", ...unheard]);
  for (const [name, value] of properties) {
    if (unheard.includes(name)) throw new UserError(`'${name}' is not available for a debugger's address`);
    flag(name, value);
  }
}
