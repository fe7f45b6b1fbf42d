import * as v from "valibot";
import { MAX_RAM_BYTES } from "../../engine/index.ts";
import type { BoardType } from "../board-type.ts";
import { commonConfiguration, count } from "../configuration.ts";

/** WebAssembly's pages, which RAM is made of. */
const RAM_UNIT = 65536;
const MB = 2 ** 20;
/** What one memory of 4 GB has room for beside video memory, ROMs and caches. */
const MOST_RAM = Math.min(3 * 1024 * MB, MAX_RAM_BYTES);
/** A microsecond per instruction: QEMU's limit too. */
const LARGEST_SHIFT = 10;

export const pcCpus: BoardType["cpus"] = { qemu64: { svm: { values: ["on", "off"], only: ["off"] } } };

const port = v.pipe(count, v.maxValue(0xffff));
const off = v.exactOptional(v.literal(false));

/** Throws, by `checked`, for a machine that cannot be built. */
export const pcConfiguration = v.strictObject({
  ...commonConfiguration.entries,
  board: v.literal("pc"),
  cpu: v.pipe(
    v.string(),
    v.check((cpu) => Object.hasOwn(pcCpus, cpu), "the pc machine has no such CPU here"),
  ),
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
  vga: off,
  /** UARTs; absent: one. */
  serials: v.exactOptional(v.pipe(count, v.maxValue(4))),
  /** First port of a debug console (SeaBIOS looks at 402h); absent: there is none. */
  debugcon: v.exactOptional(port),
  /** Ports that end the machine, with an exit code; absent: there are none. */
  debugExit: v.exactOptional(port),
  /** Seconds since 1970 that the clock begins at; absent: the host's time at power-on. */
  rtcBase: v.exactOptional(count),
  /** Devices to boot from, as QEMU's `-boot order` has them; absent: "cad". */
  boot: v.exactOptional(v.pipe(v.string(), v.regex(/^[a-z]{1,3}$/))),
});
export type PcConfiguration = v.InferOutput<typeof pcConfiguration>;
