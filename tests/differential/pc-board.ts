import {
  Bus,
  gsi,
  Hpet,
  I8254,
  I8259,
  IoApic,
  LocalApic,
  type MmioDevice,
  Piix3Reset,
  Piix4Pm,
  Port92,
  PORTS,
  refusesMisaligned,
  splitsMisaligned,
} from "../../src/hardware/index.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { line } from "../../src/hardware/testing/sample.ts";
import { type Act, type ActBoard, BEGIN, logOf, qemuLog, type Space } from "./pc-guest.ts";

export const LAPIC = 0xfee0_0000;
export const IOAPIC = 0xfec0_0000;
export const HPET = 0xfed0_0000;
export const PM = 0x600;
/** The serial port's interrupt enable register: bit 1 drives its line. */
export const UART_IER = 0x3f9;
export const UART_LINE = 4;

const NMI_REQUEST = 0x100;
const NMI_VECTOR = 2;
const PINS = 24;

/** A PC's devices of interrupts, time and power, where a PC has them. */
class PcDevices implements ActBoard {
  private readonly clock = new HandClock();
  private readonly memory = new Bus();
  private readonly ports = new Bus(PORTS);
  private asks = false;
  private uartLevel = false;
  private readonly lapic: LocalApic;
  private readonly uart;

  constructor() {
    const { clock } = this;
    const deliver = (address: number, data: number): void => this.lapic.deliverMessage(address, data);
    const pic = new I8259({ set: (level) => this.lapic.lint0.set(level) });
    const ioapic = new IoApic(clock, { deliver, pic });
    this.lapic = new LocalApic(clock, {
      intr: { set: (level) => (this.asks = level) },
      pic,
      eoi: (vector) => ioapic.endOfInterrupt(vector),
      init: () => {},
    });
    const lines = Array.from({ length: PINS }, (_, n) => gsi(n, pic, ioapic));
    const intervalTimer = { set: (level: boolean): void => pit.enable.set(level) };
    const hpet = new Hpet(clock, { lines, intervalTimer, message: deliver });
    const pit = new I8254(clock, hpet.intervalTimer);
    const pm = new Piix4Pm(clock, { sci: lines[9]!, off: () => {}, suspend: () => {}, stop: () => {}, wake: () => {} });
    this.uart = lines[UART_LINE]!;

    const port = (base: number, size: number, device: MmioDevice): void =>
      this.ports.map(base, size, refusesMisaligned(device));
    port(0x20, 2, pic.master);
    port(0xa0, 2, pic.slave);
    port(0x4d0, 2, pic.edgeLevel);
    port(0x40, 4, pit.counters);
    port(0x61, 1, pit.port61);
    port(0xb2, 2, pm.apm);
    port(0x92, 1, new Port92(line, () => {}).port);
    port(0xcf9, 1, new Piix3Reset(() => {}).port);
    port(PM, 64, pm.ports);
    port(0xafe0, 4, pm.gpe);
    for (const [base, size, device] of [
      [LAPIC, 0x10_0000, this.lapic],
      [IOAPIC, 0x1000, ioapic],
      [HPET, 0x400, hpet],
    ] as const)
      this.memory.map(base, size, splitsMisaligned(device));
  }

  read(space: Space, address: number, size: 1 | 2 | 4): number {
    return this.bus(space).read(address, size) ?? 2 ** (8 * size) - 1;
  }

  write(space: Space, address: number, size: 1 | 2 | 4, value: number): void {
    if (space === "port" && address === UART_IER) this.setUart((value & 2) !== 0);
    this.bus(space).write(address, size, value);
  }

  interrupt(enabled: boolean): number | undefined {
    if (!this.asks) return undefined;
    const request = this.lapic.request();
    if (request < NMI_REQUEST && !enabled) return undefined;
    this.lapic.acknowledge(request === NMI_REQUEST);
    return request === NMI_REQUEST ? NMI_VECTOR : request;
  }

  /** What falls due does so at its own time, if that is a boundary before this instruction's. */
  advance(instructions: number): void {
    const { clock } = this;
    const now = BEGIN + instructions;
    for (let next = clock.deadline; next !== undefined && next < now; next = clock.deadline)
      clock.advanceTo(Math.max(next, clock.now));
    clock.now = now;
  }

  private bus(space: Space): Bus {
    return space === "memory" ? this.memory : this.ports;
  }

  /** Its line is driven when something changes. */
  private setUart(level: boolean): void {
    if (level !== this.uartLevel) this.uart.set(level);
    this.uartLevel = level;
  }
}

export const load = (address: number, size: 1 | 2 | 4 = 4): Act => ({ does: "read", space: "memory", address, size });
export const store = (address: number, value: number, size: 1 | 2 | 4 = 4): Act => ({
  ...{ does: "write", space: "memory", address, size, value: value >>> 0 },
});
export const portIn = (address: number, size: 1 | 2 | 4 = 1): Act => ({ does: "read", space: "port", address, size });
export const portOut = (address: number, value: number, size: 1 | 2 | 4 = 1): Act => ({
  ...{ does: "write", space: "port", address, size, value: value >>> 0 },
});
export const interruptWindow: Act = { does: "window" };

/** Both do the same, and say where they do not. */
export async function sameForGuest(
  acts: readonly Act[],
  board: ActBoard = new PcDevices(),
  options: readonly string[] = [],
): Promise<string | undefined> {
  const theirs = await qemuLog(acts, options);
  const { values: ours, of } = logOf(acts, board);
  if (ours.join() === theirs.join()) return undefined;
  const at = theirs.findIndex((value, n) => value !== ours[n]);
  const last = of[at] ?? acts.length - 1;
  const hex = (_: string, value: unknown): unknown => (typeof value === "number" ? value.toString(16) : value);
  const before = acts.slice(Math.max(last - 12, 0), last + 1).map((act) => JSON.stringify(act, hex));
  return [...before, `ours: ${ours[at]?.toString(16)}, QEMU's: ${theirs[at]?.toString(16)}`].join("\n");
}
