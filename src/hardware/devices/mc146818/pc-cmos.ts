/** What a PC's CMOS memory says of the machine. */
export interface PcEquipment {
  /** Bytes of RAM. */
  readonly ramBelow4g: number;
  readonly ramAbove4g: number;
  readonly cpus: number;
  /** At most three of QEMU's letters a, b (floppies), c (disk), d (CD), n (network), the first one first. */
  readonly boot: string;
  /** Floppy drives with no medium in them, 0 to 2. */
  readonly floppies: number;
}

const KB = 1024;
const MB = 1024 * KB;

const bootDevices: Readonly<Record<string, number>> = { a: 1, b: 1, c: 2, d: 3, n: 4 };

/** A 3½" drive of 2.88 MB. */
const FLOPPY_TYPE = 5;
/** Equipment byte: a floppy drive, a second one; a coprocessor; a PS/2 mouse. */
const EQUIPMENT = { FLOPPY: 1, SECOND_FLOPPY: 0x40, COPROCESSOR: 2, MOUSE: 4 } as const;

/** Of them, those that say what is booted from. */
export function bootOrder(boot: string): [index: number, value: number][] {
  const [first = 0, second = 0, third = 0] = [...boot].map((device) => bootDevices[device] ?? 0);
  return [
    [0x38, third << 4],
    [0x3d, (second << 4) | first],
  ];
}

/** The bytes that QEMU's `pc` sets, where SeaBIOS looks for them: index and value. Disks come with the disks. */
export function pcCmos(equipment: PcEquipment): [index: number, value: number][] {
  const { ramBelow4g, ramAbove4g, cpus, boot, floppies } = equipment;
  const above = (start: number, unit: number): number =>
    Math.min(Math.max(Math.floor((ramBelow4g - start) / unit), 0), 0xffff);
  const word = (index: number, value: number): [number, number][] => [
    [index, value & 0xff],
    [index + 1, (value >> 8) & 0xff],
  ];
  const extended = above(MB, KB);
  const ramAbove = Math.floor(ramAbove4g / (64 * KB));
  const drives = (floppies > 0 ? EQUIPMENT.FLOPPY : 0) | (floppies > 1 ? EQUIPMENT.SECOND_FLOPPY : 0);
  return [
    [0x10, (floppies > 0 ? FLOPPY_TYPE << 4 : 0) | (floppies > 1 ? FLOPPY_TYPE : 0)],
    [0x14, drives | EQUIPMENT.COPROCESSOR | EQUIPMENT.MOUSE],
    ...word(0x15, Math.min(Math.floor(ramBelow4g / KB), 640)),
    ...word(0x17, extended),
    ...word(0x30, extended),
    ...word(0x34, above(16 * MB, 64 * KB)),
    ...bootOrder(boot),
    ...word(0x5b, ramAbove),
    [0x5d, (ramAbove >> 16) & 0xff],
    [0x5f, cpus - 1],
  ];
}
