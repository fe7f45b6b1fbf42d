import {
  type GuestMemory,
  gsi,
  I8259,
  IoApic,
  type Line,
  littleEndian,
  LocalApic,
  type VirtualClock,
} from "../../hardware/index.ts";
import { memoryMap } from "./memory-map.ts";

/** As many as the I/O APIC has pins. */
const LINES = 24;

export interface InterruptWires {
  readonly clock: VirtualClock;
  /** The CPU's interrupt line, for whatever the processor is asked. */
  readonly intr: Line;
  /** RAM. */
  readonly memory: GuestMemory;
  /** INIT. */
  readonly init: () => void;
}

/** A PC's interrupt controllers: the i8259s reach the processor by the local APIC, as does the I/O APIC. */
export class PcInterrupts {
  readonly apic: LocalApic;
  readonly pic: I8259;
  readonly ioapic: IoApic;

  private readonly memory: GuestMemory;

  constructor({ clock, intr, init, memory }: InterruptWires) {
    this.memory = memory;
    const vectors = { next: () => this.pic.next(), acknowledge: () => this.pic.acknowledge() };
    const eoi = (vector: number): void => this.ioapic.endOfInterrupt(vector);
    this.apic = new LocalApic(clock, { intr, pic: vectors, eoi, init });
    this.pic = new I8259(this.apic.lint0);
    const deliver = (address: number, data: number): void => this.apic.deliverMessage(address, data);
    this.ioapic = new IoApic(clock, { deliver, pic: this.pic });
  }

  /** A device writes 4 bytes: to the local APIC, or to RAM. */
  readonly message = (address: number, data: number): void => {
    const { base, size } = memoryMap.apic;
    if (address >= base && address < base + size) this.apic.deliverMessage(address, data);
    else this.memory.write(address, littleEndian(4, data));
  };

  /** All of them, by number. */
  get lines(): Line[] {
    return Array.from({ length: LINES }, (_, number) => this.line(number));
  }

  /** 0 to 15 are ISA's. */
  line(number: number): Line {
    return gsi(number, this.pic, this.ioapic);
  }
}
