import type { Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { beginService, command, requested, setInput } from "./controller.ts";
import {
  CASCADE,
  ELCR_MASKS,
  ICW1,
  ICW1_ICW4,
  ICW1_SINGLE,
  ICW4_AUTO_EOI,
  ICW4_SPECIAL_FULLY_NESTED,
  OCW3,
  OCW3_POLL,
  OCW3_READ_ISR,
  OCW3_SET_READ,
  OCW3_SET_SPECIAL_MASK,
  OCW3_SPECIAL_MASK,
  POLLED,
  Port,
} from "./registers.ts";
import { report } from "./report.ts";
import { type Controller, type I8259State, i8259State } from "./state.ts";

const MASTER = 0;
const SLAVE = 1;
type Which = typeof MASTER | typeof SLAVE;

/** What is acknowledged without a request. */
const SPURIOUS = 7;

/**
 * Two interrupt controllers (Intel 8259A), the second at the first one's input 2, with PIIX3's registers of edge and level: inputs
 * 0 to 15. It gives vectors (the machine's `InterruptVectors`).
 */
export class I8259 extends StatefulDevice<I8259State> {
  /** Two ports each: 20h and A0h on a PC. */
  readonly master: MmioDevice = this.ports(MASTER);
  readonly slave: MmioDevice = this.ports(SLAVE);
  /** Ports 4D0h and 4D1h. */
  readonly edgeLevel: MmioDevice = {
    name: "elcr",
    read: (offset) => this.state.controllers[offset & 1]!.elcr,
    changesByRead: () => false,
    write: (offset, _size, value) => {
      this.state.controllers[offset & 1]!.elcr = value & ELCR_MASKS[offset & 1]!;
    },
  };

  /** `int`: the CPU's INTR. */
  constructor(private readonly int: Line) {
    super(i8259State);
  }

  /** Their lines of `info pic`. */
  report(): string {
    return report(this.state);
  }

  input(number: number): Line {
    return { set: (level) => this.setInput(number, level) };
  }

  setInput(number: number, level: boolean): void {
    const which = number < 8 ? MASTER : SLAVE;
    setInput(this.state.controllers[which], number & 7, level);
    this.update(which);
  }

  /** The vector that an acknowledgement would give now: 7 of its controller for a request that is gone. */
  next(): number {
    const [master, slave] = this.state.controllers;
    const input = requested(master, true) ?? SPURIOUS;
    if (input !== CASCADE) return master.vectorBase + input;
    return slave.vectorBase + (requested(slave, false) ?? SPURIOUS);
  }

  /** What `next` named is in service; nothing is, where it was spurious. */
  acknowledge(): void {
    const input = requested(this.state.controllers[MASTER], true);
    if (input === undefined) return;
    if (input === CASCADE) this.serve(SLAVE);
    this.beginService(MASTER, input);
  }

  /** INT's level is state of who receives it. */
  protected override afterReset(): void {
    this.driveInt();
  }

  private ports(which: Which): MmioDevice {
    return {
      name: which === MASTER ? "pic-master" : "pic-slave",
      read: (offset) => this.read(which, offset),
      changesByRead: () => this.state.controllers[which].polls,
      write: (offset, _size, value) => {
        const chip = this.state.controllers[which];
        const takes = offset === Port.COMMAND ? writeCommand : writeData;
        if (takes(chip, value & 0xff)) this.update(which);
      },
    };
  }

  private read(which: Which, offset: number): number {
    const chip = this.state.controllers[which];
    if (!chip.polls) {
      if (offset === Port.DATA) return chip.imr;
      return chip.readsIsr ? chip.isr : chip.irr;
    }
    chip.polls = false;
    const input = this.serve(which);
    return input === undefined ? 0 : POLLED | input;
  }

  /** The highest request, if there is one, is in service now. */
  private serve(which: Which): number | undefined {
    const input = requested(this.state.controllers[which], which === MASTER);
    if (input !== undefined) this.beginService(which, input);
    return input;
  }

  private beginService(which: Which, input: number): void {
    beginService(this.state.controllers[which], input);
    this.update(which);
  }

  /** The slave's output is the master's input. */
  private update(which: Which): void {
    const [master, slave] = this.state.controllers;
    if (which === SLAVE) setInput(master, CASCADE, requested(slave, false) !== undefined);
    this.driveInt();
  }

  private driveInt(): void {
    this.int.set(requested(this.state.controllers[MASTER], true) !== undefined);
  }
}

/** Returns whether the output is driven again: by what chooses among requests, except a special mask, as in QEMU. */
function writeCommand(chip: Controller, value: number): boolean {
  if (value & ICW1) return initialise(chip, value);
  if (!(value & OCW3)) return command(chip, value);
  if (value & OCW3_POLL) chip.polls = true;
  if (value & OCW3_SET_READ) chip.readsIsr = (value & OCW3_READ_ISR) !== 0;
  if (value & OCW3_SET_SPECIAL_MASK) chip.specialMask = (value & OCW3_SPECIAL_MASK) !== 0;
  return false;
}

/**
 * ICW1: edges are looked for anew, an input that is driven high again makes one. Its bit for level-triggered inputs is
 * not looked at, as in PIIX3: ELCR says it for each.
 */
function initialise(chip: Controller, value: number): true {
  const { irr, elcr } = chip;
  Object.assign(chip, i8259State.powerOn().controllers[MASTER], {
    ...{ elcr, irr: irr & elcr },
    ...{ nextIcw: 2, single: (value & ICW1_SINGLE) !== 0, hasIcw4: (value & ICW1_ICW4) !== 0 },
  });
  return true;
}

/** Returns as `writeCommand` does. */
function writeData(chip: Controller, value: number): boolean {
  const last = chip.hasIcw4 ? 4 : 0;
  switch (chip.nextIcw) {
    case 2:
      chip.vectorBase = value & 0xf8;
      chip.nextIcw = chip.single ? last : 3;
      return false;
    case 3:
      // Who is whose slave is wired.
      chip.nextIcw = last;
      return false;
    case 4:
      chip.specialFullyNested = (value & ICW4_SPECIAL_FULLY_NESTED) !== 0;
      chip.autoEoi = (value & ICW4_AUTO_EOI) !== 0;
      chip.nextIcw = 0;
      return false;
    default:
      chip.imr = value;
      return true;
  }
}
