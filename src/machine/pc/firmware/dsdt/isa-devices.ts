import {
  type Aml,
  buffer,
  device,
  dma,
  eisaId,
  field,
  FieldAccess,
  io,
  irq,
  named,
  operationRegion,
  pack,
  resources,
  scope,
  Space,
} from "../aml/index.ts";
import { u32 } from "../bytes.ts";
import type { FirmwareConfiguration } from "../configuration.ts";

const PRESENT = 0x0f;
const PIRQ_REGISTERS = 0x60;

/** The ISA bridge's registers that links go by, and what is behind it. */
export function isaDevices({ floppyDrive, parallelPort, serialPorts }: FirmwareConfiguration): Aml[] {
  const ports = SERIAL.slice(0, serialPorts).map(serialPort);
  return [
    operationRegion("P40C", Space.PCI, PIRQ_REGISTERS, 4),
    scope("\\_SB", field("PCI0.S08.P40C", FieldAccess.BYTE, ["PRQ0", 8], ["PRQ1", 8], ["PRQ2", 8], ["PRQ3", 8])),
    isaDevice("KBD", "PNP0303", present, io(0x60, 1, 1), io(0x64, 1, 1), irq(1)),
    isaDevice("MOU", "PNP0F13", present, irq(12)),
    floppyController(floppyDrive),
    ...(parallelPort ? [isaDevice("LPT1", "PNP0400", [named("_UID", 1), ...present], io(0x378, 8, 8), irq(7))] : []),
    ...ports.reverse(),
    isaDevice("RTC", "PNP0B00", [], io(0x70, 1, 8), irq(8)),
  ];
}

const present = [named("_STA", PRESENT)];

function isaDevice(name: string, id: string, more: readonly Aml[], ...uses: readonly Aml[]): Aml {
  return device(name, named("_HID", eisaId(id)), ...more, named("_CRS", resources(...uses)));
}

/** Port and interrupt of COM1 to COM4. */
const SERIAL = [
  [0x3f8, 4],
  [0x2f8, 3],
  [0x3e8, 4],
  [0x2e8, 3],
] as const;

function serialPort([port, interrupt]: (typeof SERIAL)[number], index: number): Aml {
  return isaDevice(
    `COM${index + 1}`,
    "PNP0501",
    [named("_UID", index + 1), ...present],
    io(port, 0, 8),
    irq(interrupt),
  );
}

/** `_FDI` of drive A, 3.5 inches and 1.44 MB (ACPI specification, 9.9.2): place, kind, cylinders, sectors, heads, then the BIOS's parameters. */
const DRIVE_A = [0, 5, 79, 48, 1, 0xaf, 2, 37, 2, 18, 27, 0xff, 0x6c, 0xf6, 15, 8];

function floppyController(driveA: boolean): Aml {
  /** `_FDE`: drives A to D, and a tape, which may or may not be there. */
  const TAPE_UNKNOWN = 2;
  return device(
    "FDC0",
    named("_HID", eisaId("PNP0700")),
    named("_CRS", resources(io(0x3f2, 0, 4), io(0x3f7, 0, 1), irq(6), dma(2))),
    ...(driveA ? [device("FLPA", named("_ADR", 0), named("_FDI", pack(DRIVE_A)))] : []),
    named("_FDE", buffer(u32(driveA ? 1 : 0, 0, 0, 0, TAPE_UNKNOWN))),
  );
}
