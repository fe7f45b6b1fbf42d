import { expect } from "vitest";
import { Bus, I8259, type Line, type MmioDevice, PORTS } from "../../src/hardware/index.ts";
import { HandClock } from "../../src/hardware/testing/hand-clock.ts";
import { PortProgram, type PortSize } from "./port-program.ts";

const MASTER = 0x20;
const SLAVE = 0xa0;
/** The PIT's input, and the slave's. */
const MASKED = 5;

/** Devices of ours at a PC's ports beside QEMU's: what is done is done to both, in the same nanosecond of virtual time. */
export class PcBench {
  readonly clock = new HandClock();
  private readonly ports = new Bus(PORTS);
  private readonly memory = new Bus();
  private readonly pic = new I8259({ set: () => {} });
  /** QEMU's side alone. */
  readonly program: PortProgram;
  /** What was read, and after which entry of the log. */
  private readonly results: { readonly value: number; readonly after: number }[] = [];
  private readonly log: string[] = [];

  /** QEMU's options; an instruction takes 2^shift nanoseconds. */
  constructor(
    private readonly args: readonly string[] = [],
    shift = 10,
  ) {
    this.program = new PortProgram(shift);
    this.map(MASTER, 2, this.pic.master);
    this.map(SLAVE, 2, this.pic.slave);
    for (const [chip, cascade] of [
      [MASTER, 4],
      [SLAVE, 2],
    ] as const) {
      this.write(chip, 0x11);
      for (const icw of [0, cascade, 1]) this.write(chip + 1, icw);
      this.write(chip + 1, chip === MASTER ? MASKED : 0);
    }
  }

  line(irq: number): Line {
    return this.pic.input(irq);
  }

  map(first: number, count: number, device: MmioDevice): void {
    this.ports.map(first, count, device);
  }

  mapMemory(base: number, size: number, device: MmioDevice): void {
    this.memory.map(base, size, device);
  }

  write(port: number, value: number, size: PortSize = 1): void {
    this.log.push(`${hex(port)} = ${hex(value)}`);
    this.program.write(port, value, size);
    this.atAccess();
    this.ports.write(port, size, value);
  }

  read(port: number, size: PortSize = 1): void {
    this.program.read(port, size, () => {
      this.atAccess();
      this.result(hex(port), this.ports.read(port, size)!);
    });
  }

  store(address: number, value: number, size: PortSize = 1): void {
    this.log.push(`[${hex(address)}] = ${hex(value)}`);
    this.program.store(address, value, size);
    this.atAccess();
    this.memory.write(address, size, value);
  }

  load(address: number, size: PortSize = 1): void {
    this.program.load(address, size, () => {
      this.atAccess();
      this.result(`[${hex(address)}]`, this.memory.read(address, size)!);
    });
  }

  /** About so many nanoseconds. */
  pass(ns: number): void {
    this.log.push(`${ns} ns`);
    this.program.pass(Math.max(2, Math.round(ns / 2 ** this.program.shift)));
  }

  /** Which interrupts have risen since: both controllers are polled, and told that it has been served. */
  interrupts(): void {
    for (const chip of [MASTER, SLAVE]) {
      this.write(chip, 0x0c);
      this.read(chip);
      this.write(chip, 0x20);
    }
  }

  /** Runs QEMU. */
  async compare(): Promise<void> {
    const theirs = await this.program.run(this.args);
    expect(theirs).toHaveLength(this.results.length);
    for (const [n, { value, after }] of this.results.entries()) {
      if (value === theirs[n]) continue;
      const said = this.log.slice(Math.max(0, after - 40), after + 1).join("\n");
      expect(hex(value), `result ${n} of\n${said}`).toBe(hex(theirs[n]!));
    }
  }

  /** Timers have been called at the boundary before this instruction, if they were due then. */
  private atAccess(): void {
    const { clock, program } = this;
    const unit = 2 ** program.shift;
    const last = program.now - unit;
    for (let next = clock.deadline; next !== undefined && next <= last; next = clock.deadline) {
      clock.now = Math.max(Math.ceil(next / unit) * unit, clock.now);
      clock.expireNext();
    }
    clock.now = program.now;
  }

  private result(what: string, value: number): void {
    this.results.push({ value, after: this.log.length });
    this.log.push(`${what} is ${hex(value)}`);
  }
}

const hex = (value: number): string => value.toString(16);
