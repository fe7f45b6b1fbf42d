import { UserError } from "../base/index.ts";
import { type CharDevice, parseCharDevice } from "./chardev.ts";
import type { MonitorMode } from "./front-end.ts";

/** What was said of character devices. */
export interface DeviceOptions {
  serial: string | undefined;
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

/** Who talks where. One and the same device twice: serial port and monitor share it (mux). */
export interface Devices {
  readonly serial: CharDevice;
  readonly monitors: readonly Monitor[];
}

/** Who gets stdio when nothing is said, as in QEMU; without a graphical window, no -display means -nographic. */
export function findDevices(given: DeviceOptions): Devices {
  const resolve = (text: string): CharDevice => parseCharDevice(text, given.chardevs);
  const console = given.defaults && (given.nographic || given.display);
  const silent = given.monitors.length === 0;
  const where = given.serial ?? (console ? (silent ? "mon:stdio" : "stdio") : "null");
  const serial = resolve(where);
  const monitors = given.monitors
    .map(({ where, mode, pretty }): Monitor => ({ device: resolve(where), mode, pretty }))
    .filter(({ device }) => device.kind !== "null");
  const readline = { mode: "readline", pretty: false } as const;
  if (where.startsWith("mon:")) monitors.push({ device: serial, ...readline });
  else if (silent && console && serial.kind !== "stdio") monitors.push({ device: resolve("stdio"), ...readline });
  check(serial, monitors);
  return { serial, monitors };
}

function check(serial: CharDevice, monitors: readonly Monitor[]): void {
  const used = [serial, ...monitors.map(({ device }) => device)];
  const different = new Set(used);
  if ([...different].filter(({ kind }) => kind === "stdio").length > 1)
    throw new UserError("cannot use stdio by multiple character devices");
  for (const device of different) {
    const users = used.filter((other) => other === device).length;
    if (users === 1 || device.kind === "null") continue;
    if (!("mux" in device && device.mux))
      throw new UserError("a character device is used twice; mux=on would share it");
    const shared = monitors.filter((monitor) => monitor.device === device);
    if (users > 2 || serial !== device || shared.some(({ mode }) => mode === "control"))
      throw new UserError("a shared character device takes the serial port and one monitor for people");
  }
}
