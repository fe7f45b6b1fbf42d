import * as v from "valibot";
import { MAX_RAM_BYTES } from "../../engine/index.ts";
import type { BoardType } from "../board-type.ts";
import { commonConfiguration, count } from "../configuration.ts";

/** WebAssembly's pages, which RAM is made of. */
const RAM_UNIT = 65536;
const MB = 2 ** 20;
/** A microsecond per instruction: QEMU's limit too. */
const LARGEST_SHIFT = 10;

const onOff = ["on", "off"];
const always = (value: "on" | "off") => ({ values: onOff, only: [value] });
/** Nothing here depends on it. */
const either = { values: onOff };

export const virtCpus: BoardType["cpus"] = {
  "cortex-a53": {
    aarch64: always("on"),
    cfgend: always("off"),
    has_el2: always("off"),
    has_el3: always("off"),
    pmu: always("on"),
    "reset-hivecs": always("off"),
    "start-powered-off": always("off"),
  },
};

/** Throws, by `checked`, for a machine that cannot be built. */
export const virtConfiguration = v.strictObject({
  ...commonConfiguration.entries,
  board: v.literal("virt"),
  cpu: v.pipe(
    v.string(),
    v.check((cpu) => Object.hasOwn(virtCpus, cpu), "the virt machine has no such CPU here"),
  ),
  ramBytes: v.pipe(
    count,
    v.check(
      (bytes) => bytes > 0 && bytes <= MAX_RAM_BYTES && bytes % RAM_UNIT === 0,
      ({ input }) => `RAM of ${input} bytes: a multiple of 64 KB up to ${MAX_RAM_BYTES / MB} MB is possible`,
    ),
  ),
  shift: v.pipe(
    v.number(),
    v.check(
      (shift) => Number.isInteger(shift) && shift >= 0 && shift <= LARGEST_SHIFT,
      ({ input }) => `a shift of ${input}: 0 to ${LARGEST_SHIFT} is possible`,
    ),
  ),
  /** An SP805. Absent, as in recordings of before: there is none. */
  watchdog: v.exactOptional(v.literal(true)),
});
export type VirtConfiguration = v.InferOutput<typeof virtConfiguration>;

/** Properties of QEMU's virt that the board has as it is, and what it is. */
export const virtOptions: BoardType["options"] = {
  settings: {
    "gic-version": { values: ["2", "3", "4", "host", "max"], only: ["2"] },
    acpi: { values: [...onOff, "auto"], only: ["off", "auto"] },
    "compact-highmem": always("on"),
    "default-bus-bypass-iommu": always("off"),
    "dump-guest-core": either,
    graphics: either,
    highmem: always("on"),
    "highmem-ecam": always("on"),
    "highmem-mmio": always("on"),
    "highmem-redists": always("on"),
    hmat: always("off"),
    iommu: { values: ["none", "smmuv3"], only: ["none"] },
    its: either,
    "mem-merge": either,
    mte: always("off"),
    nvdimm: always("off"),
    ras: always("off"),
    secure: always("off"),
    spcr: either,
    "suppress-vmdesc": either,
    usb: always("off"),
    virtualization: always("off"),
  },
  flags: { watchdog: false },
  absent: [
    ...["audiodev", "aux-ram-share", "boot", "confidential-guest-support", "dt-compatible", "highmem-mmio-size"],
    ...["memory", "memory-backend", "memory-encryption", "pflash0", "pflash1", "phandle-start", "sgx-epc", "smp"],
    ...["smp-cache", "x-oem-id", "x-oem-table-id"],
  ],
};
