import { UserError } from "../base/index.ts";
import type { Draft } from "./draft.ts";
import { flag, type Setting, settle, splitList } from "./values.ts";

const onOff = ["on", "off"];
const always = (value: "on" | "off"): Setting => ({ values: onOff, only: [value] });
/** Nothing here depends on it. */
const either: Setting = { values: onOff };

/** Properties of QEMU's virt that the board has as it is, and what it is. */
const fixed: Readonly<Record<string, Setting>> = {
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
};

const absent = [
  ...["audiodev", "aux-ram-share", "boot", "confidential-guest-support", "dt-compatible", "highmem-mmio-size"],
  ...["memory", "memory-backend", "memory-encryption", "pflash0", "pflash1", "phandle-start", "sgx-epc", "smp"],
  ...["smp-cache", "x-oem-id", "x-oem-table-id"],
];

const files = { kernel: "kernel", initrd: "initrd", append: "append", dtb: "dtb", firmware: "bios" } as const;

/** `-machine [type=]virt[,property=value...]`. As in QEMU, several of them add up. */
export function takeMachine(draft: Draft, value: string): void {
  if (value === "help" || value === "?") {
    draft.information = "machines";
    return;
  }
  const properties = splitList(value, "type");
  const name = properties.get("type");
  if (name !== undefined) {
    draft.machine = name;
    draft.wrongMachine = undefined;
    if (name !== "virt") {
      const why = `machine type '${name}' is not available here; there is virt`;
      draft.wrongMachine = new UserError(`-M ${value}: ${why}`);
      return;
    }
  }
  for (const [key, setting] of properties) if (key !== "type") takeProperty(draft, key, setting);
}

function takeProperty(draft: Draft, key: string, value: string): void {
  const { options } = draft;
  if (key === "dtb-randomness" || key === "dtb-kaslr-seed") options.randomness = flag(key, value);
  else if (key === "dumpdtb") options.dumpdtb = value;
  else if (key === "accel") checkAccelerators(value);
  else if (Object.hasOwn(files, key)) {
    const option = files[key as keyof typeof files];
    options[option] = value;
    options.given.add(option);
  } else if (absent.includes(key.split(".")[0]!)) {
    throw new UserError(`property '${key}' of the virt machine is not available here`);
  } else settle(`the virt machine`, fixed, key, value);
}

const ACCELERATORS = ["tcg", "kvm", "hvf", "xen", "qtest", "nvmm", "whpx", "nitro", "mshv"];

/** "kvm:tcg": QEMU takes the first that there is. */
export function checkAccelerators(value: string): void {
  const names = value.split(":");
  for (const name of names) if (!ACCELERATORS.includes(name)) throw new UserError(`invalid accelerator ${name}`);
  if (!names.includes("tcg")) throw new UserError(`accelerator '${value}' is not available here; only 'tcg' is`);
}
