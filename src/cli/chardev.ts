import { UserError } from "../base/index.ts";
import { flag, parseList } from "./values.ts";

/** Where the bytes of a serial port or of the monitor go. */
export type CharDevice =
  | { readonly kind: "null" }
  /** `mux`: shared by serial port and monitor; Ctrl-A c switches. */
  | { readonly kind: "stdio"; readonly mux: boolean }
  | { readonly kind: "file"; readonly path: string }
  | {
      readonly kind: "socket";
      readonly address:
        { readonly host: string; readonly port: number } | { readonly path: string } | { readonly fd: number };
      readonly server: boolean;
      /** The machine does not start before someone has connected. */
      readonly wait: boolean;
      readonly telnet: boolean;
      readonly mux: boolean;
    };

/** An address as -serial and -monitor take it: "stdio", "mon:stdio", "null", "tcp:...", "unix:...", "chardev:ID". */
export function parseCharDevice(text: string, chardevs: ReadonlyMap<string, CharDevice>): CharDevice {
  if (text.startsWith("mon:")) return withMux(parseCharDevice(text.slice(4), chardevs));
  if (text === "stdio") return { kind: "stdio", mux: false };
  if (text === "null" || text === "none") return { kind: "null" };
  if (text.startsWith("file:")) return { kind: "file", path: text.slice(5) };
  if (text.startsWith("chardev:")) {
    const device = chardevs.get(text.slice(8));
    if (!device) throw new UserError(`chardev "${text.slice(8)}" not found`);
    return device;
  }
  const socket = /^(tcp|telnet):([^,]*):(\d{1,5})(?:,(.*))?$/.exec(text);
  if (socket) {
    const [, scheme, host, port, rest] = socket;
    return makeSocket({ host: host!, port: Number(port) }, rest, scheme === "telnet");
  }
  const local = /^unix:([^,]+)(?:,(.*))?$/.exec(text);
  if (local) return makeSocket({ path: local[1]! }, local[2], false);
  throw new UserError(
    `could not connect character device '${text}': stdio, mon:stdio, null, file:, tcp:, telnet: or unix: are available`,
  );
}

function withMux(device: CharDevice): CharDevice {
  if (device.kind !== "stdio" && device.kind !== "socket") throw new UserError("mon: takes stdio or a socket");
  return { ...device, mux: true };
}

type Address = Extract<CharDevice, { kind: "socket" }>["address"];

/** `server`, `nowait`, `server=on`, `wait=off`, `nodelay`. */
function makeSocket(address: Address, settings: string | undefined, telnet: boolean): CharDevice {
  const known = ["server", "wait", "nowait", "nodelay", "delay", "telnet"];
  const { properties } = parseList(settings ?? "nodelay=on", known);
  return socketOf(address, properties, telnet);
}

function socketOf(address: Address, properties: ReadonlyMap<string, string>, telnet: boolean): CharDevice {
  const server = flag("server", properties.get("server") ?? "off");
  const wait = server && !properties.has("nowait") && flag("wait", properties.get("wait") ?? "on");
  return { kind: "socket", address, server, wait, telnet: telnet || properties.get("telnet") === "on", mux: false };
}

/** `-chardev BACKEND,id=ID,...` */
export function parseChardev(text: string): { readonly id: string; readonly device: CharDevice } {
  const known = [
    "id",
    "mux",
    "path",
    "host",
    "port",
    "fd",
    "server",
    "wait",
    "nowait",
    "nodelay",
    "delay",
    "telnet",
    "signal",
  ];
  const { first, properties } = parseList(text, known, "backend");
  const id = properties.get("id");
  if (id === undefined) throw new UserError("parameter 'id' is missing");
  const mux = flag("mux", properties.get("mux") ?? "off");
  const device = backend(first ?? "", properties);
  return { id, device: mux ? withMux(device) : device };
}

function backend(name: string, properties: ReadonlyMap<string, string>): CharDevice {
  if (name === "null") return { kind: "null" };
  if (name === "stdio") return { kind: "stdio", mux: false };
  if (name === "file") return { kind: "file", path: needed(properties, "path") };
  if (name !== "socket") throw new UserError(`'${name}' is not a valid char driver name: null, stdio, file or socket`);
  if (properties.has("fd")) return socketOf({ fd: number(properties, "fd") }, properties, false);
  if (properties.has("path")) return socketOf({ path: needed(properties, "path") }, properties, false);
  return socketOf({ host: properties.get("host") ?? "", port: number(properties, "port") }, properties, false);
}

function needed(properties: ReadonlyMap<string, string>, name: string): string {
  const value = properties.get(name);
  if (value === undefined) throw new UserError(`parameter '${name}' is missing`);
  return value;
}

function number(properties: ReadonlyMap<string, string>, name: string): number {
  const text = needed(properties, name);
  if (!/^\d{1,5}$/.test(text)) throw new UserError(`parameter '${name}' expects a number`);
  return Number(text);
}
