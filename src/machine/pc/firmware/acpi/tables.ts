import { assert } from "../../../../base/index.ts";
import type { FwCfgFile } from "../../../../hardware/index.ts";
import { ascii, type Bytes, padded, u16, u32, u64, zeros } from "../bytes.ts";
import type { FirmwareConfiguration } from "../configuration.ts";
import { namespace } from "../dsdt/dsdt.ts";
import { HPET_BASE, HPET_ID } from "../hpet.ts";
import { fadt, FADT_DSDT, FADT_FACS } from "./fadt.ts";
import { addChecksum, addPointer, allocate, script, Zone } from "./loader.ts";
import { madt } from "./madt.ts";
import { CHECKSUM_OFFSET, HEADER_BYTES, MAKER, table } from "./table.ts";

const TABLES = "etc/acpi/tables";
const RSDP = "etc/acpi/rsdp";
/** Room for tables that become longer when firmware has set up the machine. */
const FILE_BYTES = 0x2_0000;
const FACS_ALIGNMENT = 64;
const RSDP_ALIGNMENT = 16;
const RSDP_CHECKSUM = 8;
const RSDP_RSDT = 16;

/**
 * `etc/acpi/*` and `etc/table-loader` of QEMU's `pc`: FACS, DSDT, FADT, MADT, HPET, WAET and RSDT one behind the other, and the commands that
 * make offsets addresses. QEMU makes them when firmware first asks, of the ports that it has given to power management; here they are at 600h,
 * where SeaBIOS puts them.
 */
export function acpiFiles(configuration: FirmwareConfiguration): FwCfgFile[] {
  const tables: number[] = [];
  const commands: Bytes[] = [];
  const append = (bytes: Bytes): number => {
    tables.push(...bytes);
    return tables.length - bytes.length;
  };
  const appendTable = (bytes: Bytes, pointers: readonly number[] = []): number => {
    const start = append(bytes);
    for (const pointer of pointers) commands.push(addPointer(TABLES, start + pointer, TABLES));
    commands.push(addChecksum(TABLES, start + CHECKSUM_OFFSET, start, bytes.length));
    return start;
  };

  const facs = append([...ascii("FACS"), ...u32(64), ...zeros(56)]);
  const dsdt = appendTable(table("DSDT", namespace(configuration)));
  const listed = [
    appendTable(fadt(facs, dsdt), [FADT_FACS, FADT_DSDT]),
    appendTable(madt()),
    ...(configuration.hpet ? [appendTable(hpet())] : []),
    appendTable(waet()),
  ];
  const pointers = listed.map((_, index) => HEADER_BYTES + 4 * index);
  const rsdt = appendTable(table("RSDT", u32(...listed)), pointers);
  assert(tables.length <= FILE_BYTES, "the ACPI tables are too long");
  const rsdp = [...ascii("RSD PTR "), 0, ...ascii(MAKER), 0, ...u32(rsdt)];

  const loader = script(
    allocate(RSDP, RSDP_ALIGNMENT, Zone.F_SEGMENT),
    allocate(TABLES, FACS_ALIGNMENT, Zone.HIGH),
    ...commands,
    addPointer(RSDP, RSDP_RSDT, TABLES),
    addChecksum(RSDP, RSDP_CHECKSUM, 0, rsdp.length),
  );
  return [
    { name: RSDP, bytes: Uint8Array.from(rsdp) },
    { name: TABLES, bytes: padded(tables, FILE_BYTES) },
    { name: "etc/table-loader", bytes: loader },
  ];
}

/** IA-PC HPET, 3.2.4; the address is memory's. */
function hpet(): Bytes {
  return table("HPET", [...u32(HPET_ID), ...zeros(4), ...u64(HPET_BASE), 0, ...u16(0), 0]);
}

/** Windows ACPI Emulated Devices: one read of the power management's timer is enough. */
function waet(): Bytes {
  const GOOD_TIMER = 2;
  return table("WAET", u32(GOOD_TIMER));
}
