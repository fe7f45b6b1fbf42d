import { assert, ByteReader, ByteWriter } from "../../base/index.ts";
import type { Door, HostEdit, Input } from "../../hardware/index.ts";
import type {
  GuestDebug,
  HitPolicy,
  Machine,
  MachineConfiguration,
  Stop,
  WatchHit,
  Watchpoint,
} from "../../machine/index.ts";
import { FakeFootprint } from "./fake-footprint.ts";
import { FakePages } from "./fake-pages.ts";
import { xorshift32 } from "./random.ts";

const fifoBytes = 16;
/** What is written to this port turns the machine off; to another one, it is a register's. A read of any takes what came. */
export const OFF_PORT = 0x604;

/** What the next step would do. */
interface Step {
  readonly random: number;
  readonly operation: "write" | "read" | "print" | "receive" | "idle" | "add";
  readonly address: number;
}

/**
 * A toy that obeys the machine's contract to the letter: a pseudo-random program that writes and reads RAM, prints,
 * takes input and idles. `append`: "wait" lets it idle without a deadline too, "off=N" turns it off at step N.
 */
export class FakeMachine implements Machine {
  readonly pages = new FakePages(70);
  readonly debug: GuestDebug;
  position = 0;
  onOutput: ((port: number, bytes: Uint8Array, position: number) => void) | undefined;
  onEvent: undefined;

  private program = 0;
  private registers = new Uint32Array(4);
  private fifo: number[] = [];
  private idledNs = 0;
  private off = false;
  /** The deadline of an idle that the door left open. */
  private idling: { readonly deadlineNs: number | undefined } | undefined;
  private breakpoints: ReadonlySet<bigint> = new Set();
  private watchpoints: readonly Watchpoint[] = [];
  footprint = new FakeFootprint();
  private readonly everything = new FakeFootprint();

  constructor(
    readonly configuration: MachineConfiguration,
    public door: Door,
  ) {
    this.debug = fakeDebug(() => this.pc);
  }

  get nowNs(): number {
    return this.position * 2 ** this.configuration.shift + this.idledNs;
  }
  /** One of 256 addresses. */
  get pc(): bigint {
    return BigInt((this.program >>> 8) & 0xff) * 4n;
  }

  powerOn(): void {
    for (let page = 0; page < this.pages.count; page++)
      if (this.pages.view(page).some((byte) => byte !== 0)) this.pages.replace(page, new Uint8Array(4096));
    this.position = this.idledNs = 0;
    this.off = false;
    this.idling = undefined;
    this.restart();
    for (let at = 0; at < 10_000; at++) this.pages.write(4096 + at, at * 7);
    this.registers[0] = this.door.realTime(0);
  }

  private restart(): void {
    this.program = new DataView(this.door.entropy(this.position, 4).slice().buffer).getInt32(0) | 1;
    this.registers.fill(0);
    this.fifo = [];
  }

  run(until: number, hits: HitPolicy): Stop {
    assert(!this.idling, "run within an idle");
    const start = this.position;
    while (this.position < until) {
      if (this.off) return { kind: "shutdown", reason: "guest-shutdown" };
      if (this.door.nextInput(this.position) === this.position) {
        const inputs = this.door.takeInputs(this.position);
        for (const input of inputs) this.reportEdit(input, hits);
        let edited = false;
        for (const input of inputs) edited = this.receive(input) || edited;
        if (edited) {
          this.position++;
          continue;
        }
      }
      // Inputs first: they may decide what the step is.
      const step = this.decode();
      this.note(step);
      const stop = this.report(step, hits, start);
      // A write is a step and nothing else: no idle, no end.
      if (stop?.kind === "watchpoint" && this.debug.watchpoints === "after") this.execute(step);
      if (stop) return stop;
      const idle = this.execute(step);
      if (idle) return idle;
    }
    return this.off ? { kind: "shutdown", reason: "guest-shutdown" } : { kind: "position" };
  }

  private reportEdit(input: Input, hits: HitPolicy): void {
    if (input.kind !== "write-memory" || hits.kind !== "collect") return;
    for (const watchpoint of this.watchpoints) {
      const [first, from] = [BigInt(input.physicalAddress), watchpoint.address];
      const touches = first < from + BigInt(watchpoint.length) && first + BigInt(input.bytes.length) > from;
      const address = first > from ? first : from;
      if (watchpoint.physical && touches)
        hits.onHit(this.position, { watchpoint, address, access: "write", byHost: true });
    }
  }

  private report(step: Step, hits: HitPolicy, start: number): Stop | undefined {
    if (hits.kind === "ignore") return undefined;
    const breakpoint = this.breakpoints.size > 0 && this.breakpoints.has(this.pc);
    const watched = this.watchHits(step);
    if (hits.kind === "collect") {
      if (breakpoint) hits.onHit(this.position, undefined);
      for (const hit of watched) hits.onHit(this.position, hit);
      return undefined;
    }
    const told = this.position === start ? hits.told : [];
    if (breakpoint && !told.includes("breakpoint")) return { kind: "breakpoint" };
    return watched[0] && !told.includes("watchpoint") ? { kind: "watchpoint", hit: watched[0] } : undefined;
  }

  private watchHits({ operation, address: at }: Step): WatchHit[] {
    if (operation !== "write" && operation !== "read") return [];
    const address = BigInt(at);
    return this.watchpoints
      .filter(
        (w) =>
          (w.kind === "access" || w.kind === operation) &&
          address >= w.address &&
          address < w.address + BigInt(w.length),
      )
      .map((watchpoint) => ({ watchpoint, address, access: operation }));
  }

  private note({ operation, address }: Step): void {
    this.everything.touch("execute", this.pc);
    this.footprint.touch("execute", this.pc);
    if (operation === "write" || operation === "read") this.footprint.touch(operation, BigInt(address));
  }

  loadFootprint(saved: Uint8Array): FakeFootprint {
    return FakeFootprint.load(saved);
  }
  beginFootprint(): void {
    this.footprint = new FakeFootprint();
  }

  mayHaveExecuted(address: bigint): boolean {
    return this.everything.mayExecute(address);
  }

  private decode(): Step {
    const random = xorshift32(this.program);
    const choice = (random >>> 3) & 0x7f;
    // Few pages often, all pages sometimes.
    const spread = choice & 1 ? this.pages.ram.length : 3 * 4096;
    const address = (Math.imul(random, 0x85ebca6b) >>> 0) % spread;
    const operation =
      choice < 24
        ? "write"
        : choice < 40
          ? "read"
          : choice < 42
            ? "print"
            : choice < 50
              ? "receive"
              : choice < 51
                ? "idle"
                : "add";
    return { random, operation, address };
  }

  private execute(step: Step): Stop | undefined {
    const { random, operation, address } = step;
    const at = random & 3;
    const from = this.position++;
    this.program = random;
    switch (operation) {
      case "write":
        this.pages.write(address, this.registers[at]! ^ random);
        break;
      case "read":
        this.registers[at]! += this.pages.ram[address]!;
        break;
      case "print":
        this.onOutput?.(0, Uint8Array.of(32 + (this.registers[at]! & 0x3f)), from);
        break;
      case "receive": {
        const byte = this.fifo.shift();
        if (byte !== undefined) {
          this.program ^= byte << 8;
          this.onOutput?.(1, Uint8Array.of(byte), from);
        }
        break;
      }
      case "idle":
        return this.idle(random);
      case "add":
        this.registers[at]! += random ^ this.nowNs;
        break;
    }
    const off = /off=(\d+)/.exec(this.configuration.append);
    if (off && this.position >= Number(off[1])) this.off = true;
    return undefined;
  }

  private idle(random: number): Stop | undefined {
    const forever = this.configuration.append.includes("wait") && (random & 0xf000) === 0;
    const deadlineNs = forever ? undefined : this.nowNs + ((random >>> 16) & 0xff) * 100_000;
    const end = this.door.idle(this.position, this.nowNs, deadlineNs);
    this.idling = { deadlineNs };
    if (end.kind === "wait") return { kind: "idle", deadlineNs };
    assert(end.kind === "at" || deadlineNs !== undefined, "no deadline to idle to");
    this.endIdle(end.kind === "at" ? end.ns : deadlineNs!);
    return undefined;
  }

  endIdle(ns: number): void {
    assert(this.idling && ns >= this.nowNs && ns <= (this.idling.deadlineNs ?? Infinity), "no such idle to end");
    this.idling = undefined;
    this.idledNs += ns - this.nowNs;
  }

  readonly ports = [
    { framing: "stream", room: (): number => fifoBytes - this.fifo.length },
    { framing: "stream", room: (): number => 0 },
  ] as const;

  readonly ioPorts = { lastRead: 0 };
  applyEdit(edit: HostEdit): void {
    assert(!this.idling && this.receive(edit), "not an edit");
    this.position++;
  }

  /** True for an input that is a step of its own. */
  private receive(input: Input): boolean {
    switch (input.kind) {
      case "arrival":
        this.fifo.push(...input.bytes);
        assert(this.fifo.length <= fifoBytes, "the FIFO overflows");
        return false;
      case "break":
        this.fifo.push(0);
        assert(this.fifo.length <= fifoBytes, "the FIFO overflows");
        return false;
      case "reset":
        this.restart();
        return true;
      case "quit":
        this.off = true;
        return true;
      case "wake":
        return true;
      case "write-memory":
        this.pages.writeAll(input.physicalAddress, input.bytes);
        return true;
      case "read-port":
        this.ioPorts.lastRead = this.fifo.shift() ?? 0;
        return true;
      case "write-port":
        if (input.port === OFF_PORT) this.off = true;
        else this.registers[input.port & 3] = input.value;
        return true;
      case "write-register":
        this.registers[input.register] = new DataView(input.bytes.slice().buffer).getUint32(0, true);
        return true;
    }
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = addresses;
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.watchpoints = watchpoints;
  }

  peekDevice(): undefined {
    return undefined;
  }
  deviceInfo(): readonly [] {
    return [];
  }
  readPhysical(address: number, length: number): Uint8Array | undefined {
    return address + length <= this.pages.ram.length ? this.pages.ram.slice(address, address + length) : undefined;
  }
  pageOf(address: number): number | undefined {
    return address < this.pages.ram.length ? Math.floor(address / 4096) : undefined;
  }
  readVirtual(address: bigint, length: number): Uint8Array | undefined {
    return this.readPhysical(Number(address), length);
  }

  save(): Uint8Array<ArrayBuffer> {
    assert(!this.idling, "save within an idle");
    const to = new ByteWriter()
      .u32(this.program >>> 0)
      .safe(this.idledNs)
      .bool(this.off);
    for (const register of this.registers) to.u32(register);
    return to.blob(Uint8Array.from(this.fifo)).finish();
  }

  load(state: Uint8Array, position: number): void {
    const from = new ByteReader(state);
    this.program = from.u32() | 0;
    this.idledNs = from.safe();
    this.off = from.bool();
    this.registers = this.registers.map(() => from.u32());
    this.fifo = [...from.blob()];
    this.position = position;
    this.idling = undefined;
  }

  evictCaches(): void {}
}

function fakeDebug(pc: () => bigint): GuestDebug {
  return {
    targetDescription: new Map(),
    registers: [],
    systemRegisters: [],
    pcRegister: 0,
    spRegister: 0,
    instructionBytes: { shortest: 4, longest: 4 },
    watchpoints: "before",
    readRegister: () => new Uint8Array(),
    translate: (address) => Number(address),
    disassemble: () => ({ text: "", mnemonic: "", length: 4 }),
    privilege: () => "EL1",
    describeRegisters: () => `pc ${pc()}`,
    backtrace: () => [],
  };
}
