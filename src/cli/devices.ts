import { UserError } from "../base/index.ts";
import { type CharDevice, parseCharDevice } from "./chardev.ts";
import type { MonitorMode } from "./front-end.ts";

/** What was said of character devices. */
export interface DeviceOptions {
  /** `-serial`, in order; undefined: nothing was said. `where` as -serial takes it. */
  serials: { readonly where: string; readonly option: string }[] | undefined;
  /** Where other host ports go, by number. */
  readonly behindPorts: Map<number, string>;
  /** `-monitor`, `-mon` and `-qmp`, in order; `where` as `-monitor` takes it. */
  readonly monitors: (MonitorMode & { readonly where: string })[];
  readonly chardevs: Map<string, CharDevice>;
  nographic: boolean;
  display: boolean;
  defaults: boolean;
}

export interface Monitor extends MonitorMode {
  readonly device: CharDevice;
}

/** Who talks where. One and the same device twice: a port and a monitor share it (mux). */
export interface Devices {
  /** Of the serial ports, in order. */
  readonly serials: readonly CharDevice[];
  /** Of the other host ports, by number. */
  readonly others: ReadonlyMap<number, CharDevice>;
  readonly monitors: readonly Monitor[];
}

/**
 * Who gets stdio when nothing is said, as in QEMU; without a graphical window, no -display means -nographic. `most`: how many serial
 * ports the board may have.
 */
export function findDevices(given: DeviceOptions, most: number): Devices {
  const resolve = (text: string): CharDevice => parseCharDevice(text, given.chardevs);
  const console = given.defaults && (given.nographic || given.display);
  const silent = given.monitors.length === 0;
  const taken = !given.nographic && given.monitors.some(({ where }) => where === "stdio");
  const usual = console && !taken ? (silent ? "mon:stdio" : "stdio") : "null";
  const places = given.serials ? serialPlaces(given.serials, most) : given.defaults ? [usual] : [];
  const serials = places.map(resolve);
  const monitors = given.monitors
    .map(({ where, mode, pretty }): Monitor => ({ device: resolve(where), mode, pretty }))
    .filter(({ device }) => device.kind !== "null");
  const others = new Map(Array.from(given.behindPorts, ([port, where]) => [port, resolve(where)]));
  const readline = { mode: "readline", pretty: false } as const;
  const ports = [...serials, ...others.values()];
  const shared = [...places, ...given.behindPorts.values()].flatMap((where, index) =>
    where.startsWith("mon:") ? [ports[index]!] : [],
  );
  monitors.push(...shared.map((device) => ({ device, ...readline })));
  if (silent && shared.length === 0 && console && !ports.some(({ kind }) => kind === "stdio"))
    monitors.push({ device: resolve("stdio"), ...readline });
  check(ports, monitors);
  return { serials, others, monitors };
}

/** A port that goes nowhere is one, but `none` is not. QEMU's harness names ports for nobody, which may be too many. */
function serialPlaces(serials: NonNullable<DeviceOptions["serials"]>, most: number): readonly string[] {
  const ports = serials.filter(({ where }) => where !== "none");
  const surplus = ports.slice(most).find(({ where }) => where !== "null");
  if (surplus)
    throw new UserError(
      `${surplus.option}: ${most === 1 ? "there is only one serial port" : `there are only ${most} serial ports`}`,
    );
  return ports.slice(0, most).map(({ where }) => where);
}

function check(ports: readonly CharDevice[], monitors: readonly Monitor[]): void {
  const used = [...ports, ...monitors.map(({ device }) => device)];
  const different = new Set(used);
  if ([...different].filter(({ kind }) => kind === "stdio").length > 1)
    throw new UserError("cannot use stdio by multiple character devices");
  for (const device of different) {
    const users = used.filter((other) => other === device).length;
    if (users === 1 || device.kind === "null") continue;
    if (!("mux" in device && device.mux))
      throw new UserError("a character device is used twice; mux=on would share it");
    const shared = monitors.filter((monitor) => monitor.device === device);
    if (users > 2 || shared.length !== 1 || shared.some(({ mode }) => mode === "control"))
      throw new UserError("a shared character device takes the serial port and one monitor for people");
  }
}
