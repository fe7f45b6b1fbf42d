import * as v from "valibot";
import { MAX_RAM_BYTES } from "../../engine/index.ts";
import { DEBUG_EXIT_PORTS } from "../../hardware/index.ts";
import { UserError } from "../../base/index.ts";
import type { BoardType, DeviceModel } from "../board-type.ts";
import { commonConfiguration, count } from "../configuration.ts";
import { pcModels } from "./cpus.ts";

/** WebAssembly's pages, which RAM is made of. */
const RAM_UNIT = 65536;
const MB = 2 ** 20;
/** What one memory of 4 GB has room for beside video memory, ROMs and caches. */
const MOST_RAM = Math.min(3 * 1024 * MB, MAX_RAM_BYTES);
/** A microsecond per instruction: QEMU's limit too. */
const LARGEST_SHIFT = 10;

/** Our own bound. */
const MOST_MODULES = 256;

const PORTS = 0x1_0000;
/** Of the year 9999. */
const LAST_SECOND = 253_402_300_799;

const port = v.pipe(count, v.maxValue(0xffff));
const off = v.exactOptional(v.literal(false));
const order = v.pipe(
  v.string(),
  v.check(
    (order) => /^[abcdn]{1,3}$/.test(order) && new Set(order).size === order.length,
    "-boot: at most three of the letters a, b, c, d and n, each once",
  ),
);

/** Throws, by `checked`, for a machine that cannot be built. */
export const pcConfiguration = v.strictObject({
  ...commonConfiguration.entries,
  board: v.literal("pc"),
  cpu: v.picklist(pcModels, "the pc machine has no such CPU here"),
  ramBytes: v.pipe(
    count,
    v.check(
      (bytes) => bytes >= MB && bytes <= MOST_RAM && bytes % RAM_UNIT === 0,
      ({ input }) =>
        `RAM of ${input} bytes: a multiple of 64 KB from 1 MB up to ${MOST_RAM / MB} MB is possible, since one WebAssembly memory of 4 GB holds all of a machine`,
    ),
  ),
  shift: v.pipe(
    v.number(),
    v.check(
      (shift) => Number.isInteger(shift) && shift >= 0 && shift <= LARGEST_SHIFT,
      ({ input }) => `a shift of ${input}: 0 to ${LARGEST_SHIFT} is possible`,
    ),
  ),
  /** RAM beyond it is above 4 GB; absent: as much as QEMU's has below. */
  maxRamBelow4g: v.exactOptional(
    v.pipe(
      count,
      v.check(
        (bytes) => bytes >= MB && bytes % RAM_UNIT === 0 && bytes <= 0xe000_0000,
        "max-ram-below-4g: a multiple of 64 KB from 1 MB up to 3.5 GB is possible",
      ),
    ),
  ),
  /** Absent: there is one. */
  acpi: off,
  hpet: off,
  /** `false`: firmware is told that nobody looks at a screen, and talks to the serial port, too. */
  graphics: off,
  vga: off,
  /** UARTs; absent: one. */
  serials: v.exactOptional(v.pipe(count, v.maxValue(4))),
  /** First port of a debug console (SeaBIOS looks at 402h); absent: there is none. */
  debugcon: v.exactOptional(port),
  /** Ports that end the machine, with an exit code; absent: there are none. */
  debugExit: v.exactOptional(
    v.pipe(
      v.strictObject({ port, size: v.pipe(count, v.minValue(1)) }),
      v.check(({ port, size }) => port + size <= PORTS, "isa-debug-exit: there are 65536 ports"),
    ),
  ),
  /** Seconds since 1970 that the clock begins at; absent: the host's time at power-on. */
  rtcBase: v.exactOptional(v.pipe(count, v.maxValue(LAST_SECOND))),
  /** Devices to boot from, as QEMU's `-boot order` has them; absent: "cad". */
  boot: v.exactOptional(order),
  /** And until the first reset. */
  bootOnce: v.exactOptional(order),
  /** From nothing that firmware has not been told of. */
  bootStrict: v.exactOptional(v.literal(true)),
  /** A Multiboot kernel's modules, all in the initrd: the command line of each, and its bytes. Absent: the initrd is one. */
  modules: v.exactOptional(
    v.pipe(v.array(v.strictObject({ line: v.string(), bytes: count })), v.maxLength(MOST_MODULES)),
  ),
  /** Firmware shows its menu, for so long; what it does where nothing boots. */
  bootMenu: v.exactOptional(v.literal(true)),
  splashTimeMs: v.exactOptional(v.pipe(count, v.maxValue(0xffff))),
  rebootTimeoutMs: v.exactOptional(v.pipe(count, v.maxValue(0xffff))),
});
export type PcConfiguration = v.InferOutput<typeof pcConfiguration>;

const onOff = ["on", "off"];
const always = (value: "on" | "off") => ({ values: onOff, only: [value] });
const automatic = (value: "on" | "off") => ({ values: [...onOff, "auto"], only: [value, "auto"] });
/** Nothing here depends on it. */
const either = { values: onOff };

/** Where QEMU's isa-debugcon is unless told otherwise, and what reading it gives. */
const DEBUGCON = 0xe9;

const devices: Readonly<Record<string, DeviceModel>> = {
  "isa-debugcon": {
    numbers: { iobase: DEBUGCON, readback: DEBUGCON },
    port: 4,
    configure({ iobase, readback }) {
      if (readback !== DEBUGCON) throw new UserError(`readback=${readback} is not available here; only ${DEBUGCON} is`);
      return { debugcon: iobase };
    },
  },
  "isa-debug-exit": {
    numbers: { iobase: DEBUG_EXIT_PORTS.base, iosize: DEBUG_EXIT_PORTS.count },
    configure: ({ iobase, iosize }) => ({ debugExit: { port: iobase, size: iosize } }),
  },
};

/** What QEMU's options may say of its pc. */
export const pcOptions: BoardType["options"] = {
  settings: {
    "default-bus-bypass-iommu": always("off"),
    "dump-guest-core": either,
    i8042: always("on"),
    "mem-merge": either,
    pic: automatic("on"),
    pit: automatic("on"),
    sata: either,
    "smbios-entry-point-type": { values: ["32", "64"], only: ["32"] },
    smbus: always("on"),
    smm: automatic("off"),
    "suppress-vmdesc": either,
    usb: always("off"),
    vmport: automatic("off"),
  },
  flags: { acpi: true, hpet: true, graphics: true },
  sizes: { "max-ram-below-4g": "maxRamBelow4g" },
  absent: [
    ...[
      "boot",
      "bus-lock-ratelimit",
      "confidential-guest-support",
      "dt-compatible",
      "dtb",
      "dtb-randomness",
      "dumpdtb",
    ],
    ...["max-fw-size", "memory", "memory-backend", "memory-encryption", "phandle-start", "sgx-epc", "smp", "x-oem-id"],
    ...["x-oem-table-id", "fd-bootchk", "pflash0", "pflash1", "audiodev", "pcspk-audiodev", "pci-hole64-size"],
  ],
  fields: [
    "serials",
    "vga",
    "rtcBase",
    "boot",
    "bootOnce",
    "bootStrict",
    "bootMenu",
    "splashTimeMs",
    "rebootTimeoutMs",
  ],
  globals: { "apic-common": { vapic: always("off") } },
  devices,
};
