import {
  type FwCfgFile,
  type FwCfgItem,
  fwCfgItems,
  type FwCfgItems,
  FwCfgKey,
  littleEndian,
} from "../../../hardware/index.ts";
import { u16, u32, u64, zeros } from "./bytes.ts";
import type { FirmwareConfiguration } from "./configuration.ts";
import { e820 } from "./ram.ts";
import { smbios } from "./smbios.ts";

/** All that QEMU 7.2's `-M pc,smm=off` of one CPU tells firmware, by fw_cfg; `kernel`'s items come to it. */
export function firmwareItems(configuration: FirmwareConfiguration, kernel: Iterable<FwCfgItem> = []): FwCfgItems {
  return fwCfgItems([...numberedItems(configuration), ...kernel], firmwareFiles(configuration));
}

function numberedItems({ boot, hpet, noGraphic, ramBytes, uuid }: FirmwareConfiguration): FwCfgItem[] {
  return [
    ...(uuid ? [[FwCfgKey.UUID, uuid] as const] : []),
    [FwCfgKey.RAM_SIZE, littleEndian(8, ramBytes)],
    [FwCfgKey.NO_GRAPHIC, littleEndian(2, noGraphic ? 1 : 0)],
    [FwCfgKey.CPUS, littleEndian(2, 1)],
    [FwCfgKey.BOOT_MENU, littleEndian(2, boot?.menu ? 1 : 0)],
    [FwCfgKey.MAX_CPUS, littleEndian(2, 1)],
    [FwCfgKey.IRQ0_OVERRIDE, littleEndian(4, 1)],
    [FwCfgKey.HPET, hpetBlocks(hpet)],
  ];
}

export const HPET_BASE = 0xfed0_0000;
/** Its capabilities: made by Intel, 64 bits, with legacy routes, 3 timers, revision 1 (IA-PC HPET, 2.3.4). */
export const HPET_ID = 0x8086_a201;

/** How many blocks there are, FFh for none, and room for 8: id, address (64 bits), least tick (16), protection (8). */
function hpetBlocks(present: boolean): Uint8Array {
  const ENTRY_BYTES = 15;
  const first = present ? [...u32(HPET_ID), ...u64(HPET_BASE), ...u16(0), 0] : zeros(ENTRY_BYTES);
  return Uint8Array.from([present ? 1 : 0xff, ...first, ...zeros(7 * ENTRY_BYTES)]);
}

function firmwareFiles(configuration: FirmwareConfiguration): FwCfgFile[] {
  const { boot, roms } = configuration;
  const { anchor, tables } = smbios(configuration);
  const file = (name: string, bytes: readonly number[]): FwCfgFile => ({ name, bytes: Uint8Array.from(bytes) });
  const NEVER = 0xffff_ffff;
  return [
    file("bios-geometry", []),
    file("bootorder", []),
    file("etc/boot-fail-wait", u32(boot?.rebootTimeoutMs ?? NEVER)),
    ...(boot?.splashTimeMs === undefined ? [] : [file("etc/boot-menu-wait", u16(boot.splashTimeMs))]),
    file("etc/e820", e820(configuration)),
    { name: "etc/smbios/smbios-anchor", bytes: anchor },
    { name: "etc/smbios/smbios-tables", bytes: tables },
    ...(roms ?? []),
  ];
}
