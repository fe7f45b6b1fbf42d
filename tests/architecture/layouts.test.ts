import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sha256Hex } from "../../src/base/index.ts";
import type { StateDescription } from "../../src/hardware/index.ts";
import { layout as arm64, SYSTEM_SLOTS } from "../../src/isa/arm64/state.ts";
import { layout as x86, systemSlot } from "../../src/isa/x86/state.ts";
import { machineState } from "../../src/machine/machine-state.ts";

/**
 * Hashes of what the saved states are made of (names, kinds and order of the fields), by name and version. Another hash: give that state
 * the next version, and add a line here; where its bytes are others or mean something else, SEMANTICS and CACHE_FORMAT
 * (src/timetravel/versions.ts) get theirs. Lines never change.
 */
const layouts: Readonly<Record<string, string>> = {
  "arm-pmu 1": "27d00ed68354a4ae",
  "arm-timer 1": "2aef8031fdd21e80",
  "arm64 1": "9b4c602286a45b0d",
  "coprocessor-error 1": "7cf037eb91a1331e",
  "coprocessor-error 2": "4cd4343a92822551",
  "cpu-hotplug 1": "d5ac9a834b4df5b4",
  "debugcon 1": "98c745f2f8511d66",
  "flash 1": "ef0a9ee20277163d",
  "fw-cfg 1": "c1ca4018e9699457",
  "gicv2 1": "8dceb1c388c89175",
  "gicv2m 1": "98c745f2f8511d66",
  "hpet 1": "65f4a3200f39224c",
  "i440fx 1": "b9a2dbefcaa7c665",
  "i8042 1": "3d8168f42b3e9d70",
  "i8254 1": "c297b9b65eb5e188",
  "i8254 2": "494f0280bb40a2f8",
  "i8257 1": "1d770a51564ecccf",
  "i8259 1": "4ab7d954c705cdfe",
  "ioapic 1": "26e938ebea44e9e2",
  "isa-debug-exit 1": "93f5246a59584ee5",
  "lapic 1": "f0ffed5455f03fe5",
  "machine 1": "ae78e040ab9eef79",
  "mc146818 1": "ee36c3d206ddab1a",
  "ns16550 1": "386759323ebb08fe",
  "pci-host 1": "a6258239a2f5133e",
  "pci-hotplug 1": "bd2a20307d0a1f99",
  "pcie-host 1": "f3096dcc1c417eee",
  "piix-ide 1": "2f619724585ddaf3",
  "piix3 1": "b9a2dbefcaa7c665",
  "piix3-ide 1": "b9a2dbefcaa7c665",
  "piix3-reset 1": "2404489390023a03",
  "piix4 1": "b9a2dbefcaa7c665",
  "piix4-pm 1": "c1be97c4187e77ae",
  "piix4-pm 2": "711fe238432b3286",
  "piix4-smbus 1": "b3221a45d2a376c8",
  "pl011 1": "10bb5ffcc1e508c4",
  "pl031 1": "bbb47af9e6fde49b",
  "pl061 1": "e24b283fea31698f",
  "port92 1": "a40c93f73b3a0959",
  "sp805 1": "24e19352ad9891a1",
  "spd-eeproms 1": "45f0fcf152ffb9a6",
  "vga 1": "1a99de7ab46d8015",
  "vga 2": "2119929517c54539",
  "vga-function 1": "b9a2dbefcaa7c665",
  "virtio-mmio 1": "98c745f2f8511d66",
  "x86 1": "44d0b24ced05006c",
};

const devices = fileURLToPath(new URL("../../src/hardware/devices", import.meta.url));

async function descriptions(): Promise<StateDescription<unknown>[]> {
  const folders = readdirSync(devices, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const modules = await Promise.all(
    folders.map(({ name }) => import(join(devices, name, "state.ts")) as Promise<Record<string, unknown>>),
  );
  const found = modules.map((module) => Object.values(module) as StateDescription<unknown>[]);
  for (const each of found) expect(each, "one description in each state.ts").toHaveLength(1);
  return found.flat();
}

it("have the versions that their fields have had", async () => {
  const core = ({ fields, name, version }: typeof arm64, slots: readonly string[]) => {
    const saved = fields.filter(({ derived }) => !derived);
    const parts = saved.map((f) => `${f.name}: ${f.count} of ${f.size} at ${f.offset}`);
    return { name, version, layout: [...parts, ...slots].join(", ") };
  };
  const all = [
    ...(await descriptions()),
    machineState(arm64),
    core(arm64, SYSTEM_SLOTS),
    core(x86, Object.keys(systemSlot)),
  ];
  const found = all.map(({ name, version, layout }) => [
    `${name} ${version}`,
    sha256Hex(new TextEncoder().encode(layout)).slice(0, 16),
  ]);
  expect(layouts).toMatchObject(Object.fromEntries(found) as Record<string, string>);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});
