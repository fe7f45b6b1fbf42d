import { UserError } from "../../../base/index.ts";
import {
  type FwCfgFile,
  type FwCfgItem,
  fwCfgItems,
  type FwCfgItems,
  FwCfgKey,
  littleEndian,
} from "../../../hardware/index.ts";
import { acpiFiles } from "./acpi/tables.ts";
import { ascii, type Bytes, u16, u32 } from "./bytes.ts";
import type { FirmwareConfiguration } from "./configuration.ts";
import { hpetBlocks } from "./hpet.ts";
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
    [FwCfgKey.HPET, Uint8Array.from(hpetBlocks(hpet))],
  ];
}

/** S0 to S5: whether there is such a state (80h), and its SLP_TYP. */
const SYSTEM_STATES = [0x80, 0, 0, 0x81, 0x82, 0x80];

function firmwareFiles(configuration: FirmwareConfiguration): FwCfgFile[] {
  const { acpi, boot, roms } = configuration;
  const { anchor, tables } = smbios(configuration);
  const file = (name: string, bytes: Bytes): FwCfgFile => ({ name, bytes: Uint8Array.from(bytes) });
  const NEVER = 0xffff_ffff;
  return [
    file("bios-geometry", []),
    ...(boot?.splash ? [{ name: splashName(boot.splash), bytes: boot.splash }] : []),
    file("bootorder", bootOrder(configuration)),
    file("etc/boot-fail-wait", u32(boot?.rebootTimeoutMs ?? NEVER)),
    ...(boot?.splashTimeMs === undefined ? [] : [file("etc/boot-menu-wait", u16(boot.splashTimeMs))]),
    file("etc/e820", e820(configuration)),
    { name: "etc/smbios/smbios-anchor", bytes: anchor },
    { name: "etc/smbios/smbios-tables", bytes: tables },
    ...(acpi ? [...acpiFiles(configuration), file("etc/system-states", SYSTEM_STATES), file("etc/tpm/log", [])] : []),
    ...(roms ?? []).map(({ name, bytes }) => ({ name: `genroms/${name}`, bytes })),
  ];
}

/** By what it is. Throws UserError for what firmware cannot show. */
function splashName(splash: Uint8Array): string {
  if (splash[0] === 0xff && splash[1] === 0xd8) return "bootsplash.jpg";
  if (splash[0] === 0x42 && splash[1] === 0x4d && splash[28] === 24 && splash[29] === 0) return "bootsplash.bmp";
  throw new UserError("-boot splash: the picture is no JPEG, and no BMP of 24 bits a pixel");
}

/** Open Firmware paths, a line each. */
function bootOrder({ boot, roms }: FirmwareConfiguration): Bytes {
  const paths = (roms ?? []).filter(({ boots }) => boots).map(({ name }) => `/rom@genroms/${name}`);
  if (paths.length === 0) return [];
  return [...ascii([...paths, ...(boot?.strict ? ["HALT"] : [])].join("\n")), 0];
}
