import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { FwCfgItems } from "../../src/hardware/index.ts";
import type { FirmwareConfiguration } from "../../src/machine/pc/firmware/configuration.ts";
import { QemuItems } from "./fw-cfg-reader.ts";

export const MB = 2 ** 20;
const ROMS = "/usr/share/qemu";
export const romFile = (name: string): Uint8Array => readFileSync(`${ROMS}/${name}`);

/** QEMU's `-M pc,smm=off -cpu qemu64,-svm -m 64 -nic none`. */
export const usual: FirmwareConfiguration = {
  ramBytes: 64 * MB,
  cpu: { signature: 0x60fb1, features: 0x078b_fbfd, amd: true },
  acpi: true,
  hpet: true,
  noGraphic: false,
  vga: true,
  serialPorts: 1,
  parallelPort: true,
  floppyDrive: true,
  roms: [{ name: "kvmvapic.bin", bytes: romFile("kvmvapic.bin") }],
};

/** Whether a byte of an item, which is `ours`, may be another in QEMU's. */
type Unknown = (key: number, offset: number, ours: number) => boolean;

/** Each item is as with QEMU's arguments, and so are the zeros behind it; segments are in its RAM. */
export async function expectItems(
  ours: FwCfgItems,
  args: readonly string[],
  segments: readonly { readonly address: number; readonly bytes: Uint8Array }[] = [],
  unknown: Unknown = () => false,
): Promise<void> {
  const theirs = new QemuItems(args);
  try {
    for (const { address, bytes } of segments)
      expect(await theirs.memory(address, bytes.length)).toEqual(Buffer.from(bytes));
    await theirs.prepare();
    for (const base of [0, 0x8000])
      for (let key = base; key < base + 0x40; key++)
        await expectItem(theirs, key, ours.get(key) ?? new Uint8Array(), unknown);
  } finally {
    theirs.end();
  }
}

async function expectItem(theirs: QemuItems, key: number, bytes: Uint8Array, unknown: Unknown): Promise<void> {
  const got = Buffer.concat([bytes, Buffer.alloc(256)]);
  const wanted = await theirs.read(key, got.length);
  if (got.equals(wanted)) return;
  const at = got.findIndex((byte, index) => byte !== wanted[index] && !unknown(key, index, byte));
  if (at < 0) return;
  const around = (all: Buffer): string => all.subarray(Math.max(at - 16, 0), at + 32).toString("hex");
  expect(around(got), `item ${key.toString(16)} at ${at.toString(16)}`).toBe(around(wanted));
}
