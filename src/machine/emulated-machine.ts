import { assert, ByteReader, ByteWriter, UserError } from "../base/index.ts";
import {
  type BlockSpec,
  Cpu,
  type CpuHost,
  Engine,
  loadFootprint,
  type TranslationService,
  type TranslationStatistics,
} from "../engine/index.ts";
import {
  type Arrival,
  type Bus,
  type DeviceInfo,
  type Door,
  type HostEdit,
  type HostPort,
  isArrival,
} from "../hardware/index.ts";
import type { Guest, StateField } from "../isa/index.ts";
import type { Board, BoardRequest } from "./board.ts";
import { MachineClock } from "./clock.ts";
import { HitWatcher } from "./hits.ts";
import { machineState, type StopReason } from "./machine-state.ts";
import { findRegister, type GuestDebug } from "./guest-debug.ts";
import {
  type Footprint,
  type HitPolicy,
  type Machine,
  type MachineConfiguration,
  type Pages,
  type Stop,
  type Watchpoint,
} from "./machine.ts";
import type { Report } from "./report.ts";

export interface MachineParts {
  readonly configuration: MachineConfiguration;
  readonly guest: Guest;
  /** The guest's interpreter, from buildInterpreter. */
  readonly interpreter: WebAssembly.Module;
  /** All its memory, in the order of pages in snapshots and hashes. The board maps it. */
  readonly memory: readonly BlockSpec[];
  /** Builds the board on its machine; called once. */
  board(machine: EmulatedMachine): Board;
  /** The functions that Guest.host declares. */
  guestHost(machine: EmulatedMachine): Record<string, (...args: never[]) => number | bigint | void>;
  debug(machine: EmulatedMachine): GuestDebug & { writeRegister(number: number, bytes: Uint8Array): void };
  readonly door: Door;
  /** Without one, all code is interpreted. */
  readonly translation?: TranslationService | undefined;
}

/** CPU, board and clock as one Machine: the loop that decides what the next step is. */
export class EmulatedMachine implements Machine {
  readonly configuration: MachineConfiguration;
  readonly cpu: Cpu;
  readonly clock = new MachineClock(() => this.cpu);
  readonly debug: ReturnType<MachineParts["debug"]>;
  door: Door;
  onOutput: Machine["onOutput"];
  onEvent: Machine["onEvent"];

  private readonly board: Board;
  private readonly hits = new HitWatcher(
    () => this.cpu.position,
    (address) => this.cpu.translate(address),
    (pc) => !this.debug.stopsAt || this.debug.stopsAt(this.breakpoints, pc),
    () => this.stopsAfterStep(),
  );
  private breakpoints: ReadonlySet<bigint> = new Set();
  private readonly guest: Guest;
  private readonly description: ReturnType<typeof machineState>;
  /** Set once the machine has stopped for good; part of its state. */
  private stopped: StopReason | undefined;
  private begins: "reset" | "init" | "wake" | undefined;
  private lastPortRead = 0;

  constructor(parts: MachineParts) {
    this.configuration = parts.configuration;
    this.guest = parts.guest;
    this.description = machineState(parts.guest.state);
    this.door = parts.door;
    const host: CpuHost = {
      mmioRead: (address, bytes) => this.board.bus.read(address, bytes as 1 | 2 | 4),
      mmioWrite: (address, bytes, value) => this.board.bus.write(address, bytes as 1 | 2 | 4, value),
      portRead: (port, bytes) => this.board.portBus?.read(port, bytes as 1 | 2 | 4) ?? -1,
      portWrite: (port, bytes, value) => void this.board.portBus?.write(port, bytes as 1 | 2 | 4, value),
      guest: { interruptVector: () => this.board.vectors?.next() ?? 0, ...parts.guestHost(this) },
    };
    this.cpu = new Cpu(new Engine(parts.guest, parts.interpreter, parts.memory, host));
    this.cpu.clockShift = parts.configuration.shift;
    this.cpu.hits = this.hits;
    this.cpu.regions.service = parts.translation;
    this.board = parts.board(this);
    this.board.bus.compileTo(this.cpu.map);
    this.debug = parts.debug(this);
    this.powerOn();
  }

  get pages(): Pages {
    return this.cpu.pages as Pages;
  }
  get position(): number {
    return this.cpu.position;
  }
  get nowNs(): number {
    return this.clock.nowNs();
  }
  get translation(): TranslationStatistics | undefined {
    return this.cpu.translation;
  }
  get pc(): bigint {
    return this.cpu.pc;
  }
  get exitCode(): number | undefined {
    return this.board.exitCode?.();
  }
  get suspended(): boolean {
    return this.board.suspended?.() ?? false;
  }

  powerOn(): void {
    this.cpu.pages.clear();
    this.cpu.position = 0;
    this.cpu.idleNs = 0;
    this.stopped = undefined;
    this.reset(true);
  }

  private reset(cold: boolean): void {
    this.clock.clear();
    this.cpu.interruptLine = false;
    this.cpu.waiting = false;
    for (const field of this.guest.state.fields) for (let i = 0; i < field.count; i++) this.write(field, 0n, i);
    this.board.powerOn(this.door, this.position, cold, this.write);
    this.cpu.stateChanged();
  }

  private readonly write = (field: StateField, value: bigint, index?: number): void =>
    this.cpu.writeState(field, value, index);

  /** The CPU alone. */
  private initialise(): void {
    this.cpu.waiting = false;
    this.board.initialise?.(this.write);
    this.cpu.stateChanged();
  }

  /** A request to the board: of the guest, made by the step in execution, or of a device whose timer expires. */
  request(request: BoardRequest): void {
    if (request === "wait") this.cpu.waiting = true;
    else if (request === "shutdown") this.stopped = "guest-shutdown";
    else if (request === "init") this.begins ??= "init";
    else if (request === "suspend") this.onEvent?.("suspend", this.position);
    else if (request === "wake" || this.configuration.reboot) this.begins = request;
    else this.stopped = "guest-reset";
    this.cpu.leaveAfterStep();
  }

  run(until: number, policy: HitPolicy): Stop {
    this.hits.begin(policy);
    this.cpu.asksWatch = policy.kind !== "ignore";
    for (;;) {
      const stop = this.settle();
      const hit = this.hits.stoppedBy;
      if (stop) return hit ? { kind: "watchpoint", hit } : stop;
      // Timers that are due at a position belong to its state, however it was reached.
      this.expire();
      if (this.stopped) continue;
      // The step that made the access is complete.
      if (hit) return { kind: "watchpoint", hit };
      const { position } = this;
      if (position >= until) return { kind: "position" };
      if (this.door.nextInput(position) <= position && this.takeInputs()) continue;
      if (this.cpu.interruptLine && this.cpu.interruptible()) {
        const stopped = this.enterInterrupt();
        if (stopped) return stopped;
        this.onEvent?.("interrupt", position);
        continue;
      }
      // A timer that is due and was served leaves a deadline in the future.
      const deadline = Math.min(until, this.clock.nextPosition(), this.door.nextInput(position));
      const exit = this.cpu.run(deadline);
      if (exit === "breakpoint") return { kind: "breakpoint" };
      if (exit === "watchpoint") return this.watchpointStop();
    }
  }

  /** The controller is acknowledged in the step that enters, which one that stops at a watchpoint has not become. */
  private enterInterrupt(): Stop | undefined {
    if (this.cpu.interrupt() === "watchpoint") return this.watchpointStop();
    this.board.vectors?.acknowledge();
    return undefined;
  }

  /** Before the access. */
  private watchpointStop(): Stop {
    const hit = this.hits.stoppedBy;
    assert(hit, "a watchpoint stop has its hit");
    return { kind: "watchpoint", hit };
  }

  /** Where the guest's watchpoints stop after the access, all of the step that makes it is made. */
  private stopsAfterStep(): boolean {
    const after = this.debug.watchpoints === "after";
    if (after) this.cpu.leaveAfterStep();
    return after;
  }

  /** Completes what the last step began: a reset, the end of the machine, an idle. */
  private settle(): Stop | undefined {
    this.beginIfRequested();
    if (this.stopped) return { kind: "shutdown", reason: this.stopped };
    if (!this.cpu.waiting) return undefined;
    const request = this.board.whileWaiting?.();
    if (request) {
      this.cpu.waiting = false;
      this.request(request);
      return this.settle();
    }
    const now = this.nowNs;
    const deadlineNs = this.clock.nextNs;
    if (this.cpu.interruptLine || (deadlineNs !== undefined && deadlineNs <= now)) {
      this.cpu.waiting = false;
      return undefined;
    }
    const end = this.door.idle(this.position, now, deadlineNs);
    if (end.kind === "wait") {
      this.cpu.rest();
      return { kind: "idle", deadlineNs };
    }
    assert(end.kind === "at" || deadlineNs !== undefined, "an idle without a deadline ends by an input");
    this.endIdle(end.kind === "at" ? end.ns : deadlineNs!);
    return undefined;
  }

  private beginIfRequested(): void {
    const { begins } = this;
    if (!begins) return;
    this.begins = undefined;
    if (begins === "init") return this.initialise();
    this.reset(false);
    this.onEvent?.(begins, this.position);
  }

  /** Timers that are due, and the beginning that one of them asked for: no state has it before it. */
  private expire(): void {
    this.clock.expire();
    this.beginIfRequested();
  }

  endIdle(ns: number): void {
    assert(this.cpu.waiting, "no idle to end");
    const passed = ns - this.nowNs;
    assert(passed >= 0 && ns <= (this.clock.nextNs ?? Infinity), `idle cannot end at ${ns} ns`);
    this.cpu.idleNs += passed;
    this.cpu.waiting = false;
    this.onEvent?.("idle", this.position);
    // Who saves now has looked at the pages already, which a reset writes.
    this.expire();
  }

  /** Applies the inputs of this position; true when one of them was a step of its own. */
  private takeInputs(): boolean {
    let stepped = false;
    for (const input of this.door.takeInputs(this.position)) {
      assert(!stepped, "an edit is the last input of its position");
      if (isArrival(input)) this.arrive(input);
      else {
        this.applyEdit(input);
        stepped = true;
      }
    }
    return stepped;
  }

  /** What a recording names that this board does not have arrives nowhere. */
  private arrive(arrival: Arrival): void {
    const port = this.board.ports[arrival.port];
    if (arrival.kind === "arrival") port?.receive(arrival.bytes);
    else port?.receiveBreak?.();
  }

  /** Throws UserError for an edit that a damaged recording holds. */
  applyEdit(edit: HostEdit): void {
    switch (edit.kind) {
      case "reset":
        this.reset(false);
        break;
      case "quit":
        this.stopped = "host-quit";
        break;
      case "wake":
        this.board.wakeUp?.();
        this.beginIfRequested();
        break;
      case "write-memory":
        if (!this.cpu.physical.writeRam(edit.physicalAddress, edit.bytes))
          throw new UserError("an edit writes where no RAM is");
        break;
      case "write-register": {
        const register = findRegister(this.debug, ({ number }) => number === edit.register);
        if (register?.bits !== 8 * edit.bytes.length || register.readOnly)
          throw new UserError("an edit writes a register that does not exist");
        this.debug.writeRegister(edit.register, edit.bytes);
        this.cpu.stateChanged();
        break;
      }
      case "read-port":
        this.lastPortRead = ((this.portBus.read(edit.port, edit.size) ?? -1) >>> 0) % 2 ** (8 * edit.size);
        break;
      case "write-port":
        this.portBus.write(edit.port, edit.size, edit.value);
        break;
    }
    this.cpu.position += 1;
    // What an access to a port asked for, as behind an instruction's.
    this.beginIfRequested();
  }

  get ioPorts(): Machine["ioPorts"] {
    return this.board.portBus && { lastRead: this.lastPortRead };
  }

  private get portBus(): Bus {
    if (!this.board.portBus) throw new UserError("an edit accesses a port, which this machine has not");
    return this.board.portBus;
  }

  get ports(): readonly HostPort[] {
    return this.board.ports;
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = addresses;
    this.cpu.setBreakpoints(new Set([...addresses].flatMap((address) => this.codeAddresses(address))));
  }

  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.hits.watchpoints = watchpoints;
    this.cpu.setWatched(watchpoints);
  }

  get footprint(): Footprint {
    return this.cpu.footprint;
  }

  beginFootprint(): void {
    this.cpu.beginFootprint();
  }

  loadFootprint(saved: Uint8Array): Footprint | undefined {
    return loadFootprint(saved);
  }

  codeAddresses(address: bigint): readonly bigint[] {
    return this.debug.codeAddresses?.(address) ?? [address];
  }

  mayHaveExecuted(address: bigint): boolean {
    return this.cpu.mayHaveExecuted(address);
  }

  readPhysical(address: number, length: number): Uint8Array | undefined {
    return this.cpu.physical.readRam(address, length);
  }

  pageOf(address: number): number | undefined {
    return this.cpu.map.page("write", Math.floor(address / 4096));
  }

  peekDevice(address: number, bytes: 1 | 2 | 4): number | "changes" | undefined {
    return address % bytes === 0 ? this.board.bus.peek(address, bytes) : undefined;
  }

  readVirtual(address: bigint, length: number): Uint8Array | undefined {
    const result = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = BigInt.asUintN(64, address + BigInt(done));
      const count = Math.min(length - done, 4096 - Number(at & 0xfffn));
      const physical = this.debug.translate(at);
      const bytes = physical === undefined ? undefined : this.cpu.physical.read(physical, count);
      if (!bytes) return undefined;
      result.set(bytes, done);
      done += count;
    }
    return result;
  }

  save(): Uint8Array<ArrayBuffer> {
    assert(!this.cpu.waiting, "there is no state inside an idle");
    this.expire();
    const to = new ByteWriter();
    const { cpu, stopped } = this;
    this.description.write({ registers: cpu.saveState(), idleNs: cpu.idleNs, stopped }, to);
    for (const device of this.board.devices) device.save(to);
    return to.finish();
  }

  load(state: Uint8Array, position: number): void {
    const from = new ByteReader(state);
    const { registers, idleNs, stopped } = this.description.read(from);
    this.cpu.position = position;
    this.cpu.idleNs = idleNs;
    this.stopped = stopped;
    this.cpu.waiting = false;
    this.cpu.interruptLine = false;
    this.begins = undefined;
    this.clock.clear();
    for (const device of this.board.devices) device.load(from);
    if (from.remaining > 0) throw new UserError("the snapshot's machine state is too long");
    this.cpu.loadState(registers);
  }

  get reports(): readonly Report[] {
    return [...(this.debug.reports ?? []), ...(this.board.reports ?? [])];
  }

  deviceInfo(): readonly DeviceInfo[] {
    return this.board.devices.flatMap((device) => device.info());
  }

  evictCaches(): void {
    this.cpu.evictCaches();
  }
}
