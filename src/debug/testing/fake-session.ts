import { EventEmitter, UserError, type Disposable } from "../../base/index.ts";
import type { DebuggerEdit, Input } from "../../hardware/index.ts";
import type { GuestDebug, Machine, Watchpoint, WatchHit } from "../../machine/index.ts";
import type {
  DroppedBranch,
  LoggedInput,
  Progress,
  Session,
  SnapshotInfo,
  TravelStop,
} from "../../timetravel/index.ts";

export const CODE = 0x40000000n;
export const COUNTER = 0x40001000n;
export const LOOP = 8;
const RAM_BYTES = 0x4000;

const registers = [
  ...Array.from({ length: 31 }, (_, i) => ({ name: `x${i}`, number: i, bits: 64, group: "general" }) as const),
  { name: "sp", number: 31, bits: 64, group: "general" },
  { name: "pc", number: 32, bits: 64, group: "general" },
  { name: "cpsr", number: 33, bits: 32, group: "general" },
] as const;

/** One of which cannot be written. */
const systemRegisters = [
  { name: "ESR_EL1", number: 0xc290, bits: 64, group: "system" },
  { name: "MIDR_EL1", number: 0xc000, bits: 64, group: "system", readOnly: true },
] as const;

const coreDescription = `<?xml version="1.0"?><!DOCTYPE feature SYSTEM "gdb-target.dtd">
<feature name="org.gnu.gdb.aarch64.core">${registers
  .map(({ name, bits }) => `<reg name="${name}" bitsize="${bits}"${name === "pc" ? ' type="code_ptr"' : ""}/>`)
  .join("")}</feature>`;

/**
 * A session without a machine, for tests of the debuggers: a loop of eight instructions, the fourth of which writes the
 * round's number to COUNTER and the sixth of which reads it. Its whole history is a formula.
 */
export class FakeSession implements Session {
  mode: Session["mode"] = "play";
  recordingName: string | undefined = "boot.rec";
  position = 0;
  running = false;
  unstored: string | undefined = undefined;
  lastStop: TravelStop | undefined = undefined;
  replayBreak: number | undefined = undefined;
  readonly inputLog: LoggedInput[] = [];
  readonly edits: Input[] = [];
  ioPorts: Machine["ioPorts"];
  syntaxes: readonly string[] | undefined;
  resets = 0;
  suspended = false;
  /** What the console shows, from position 1 on a byte in each step. */
  printed = "";
  reboot = true;
  onMachineEvent: Machine["onEvent"];
  private breakpoints: ReadonlySet<bigint> = new Set();
  private watchpoints: readonly Watchpoint[] = [];
  private named: SnapshotInfo[] = [];
  private interrupted = false;
  private backwardHit: number | undefined;
  private readonly changed = new EventEmitter<void>();

  /** `endless`: `run` without a hit goes on until interrupted, as at a live end. */
  constructor(
    public end = 1000,
    private readonly endless = false,
  ) {}

  get atEnd(): boolean {
    return this.position === this.end;
  }
  get indexedTo(): number {
    return this.end;
  }
  get activity(): string | undefined {
    return this.running ? "run" : undefined;
  }

  run({ until = Infinity, ignoreHits = false } = {}): Promise<TravelStop> {
    return this.moving(async () => {
      for (let first = true; ; first = false) {
        await Promise.resolve();
        if (this.interrupted) return { kind: "interrupted" };
        if (this.replayBreak === this.position) {
          this.replayBreak = undefined;
          return { kind: "position" };
        }
        if (this.position >= until) return { kind: "position" };
        const told = first || ignoreHits;
        if (!told && this.breakpoints.has(this.pc)) return { kind: "breakpoint" };
        const hit = told ? undefined : this.hitAt(this.position);
        if (hit) return { kind: "watchpoint", hit };
        if (this.atEnd) {
          if (!this.endless) return this.mode === "play" ? { kind: "history-end" } : shutdown;
          await this.untilInterrupted();
        } else {
          this.position++;
        }
      }
    });
  }

  step(): Promise<TravelStop> {
    return this.moving(() => {
      if (this.atEnd) return { kind: "history-end" };
      this.position++;
      return { kind: "position" };
    });
  }

  stepBack(): Promise<TravelStop> {
    return this.moving(() => {
      if (this.position === 0) return { kind: "history-start" };
      this.position--;
      return { kind: "position" };
    });
  }

  runBack(): Promise<TravelStop> {
    const reported = this.backwardHit;
    return this.moving(() => {
      while (this.position > 0) {
        const hit = this.position === reported ? undefined : this.hitAt(this.position - 1);
        if (hit) {
          this.backwardHit = this.position;
          return { kind: "watchpoint", hit };
        }
        this.position--;
        if (this.breakpoints.has(this.pc)) return { kind: "breakpoint" };
      }
      return { kind: "history-start" };
    });
  }

  async seek(position: number): Promise<void> {
    await this.moving(() => {
      this.position = position;
      return { kind: "position" };
    });
  }

  interrupt(): void {
    this.interrupted = true;
    this.changed.emit();
  }

  setBreakpoints(addresses: ReadonlySet<bigint>): void {
    this.breakpoints = addresses;
  }
  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    this.watchpoints = watchpoints;
  }

  send(): boolean {
    return this.atEnd && this.mode !== "play";
  }
  /** Ports that a BREAK was sent to. */
  readonly breaks: number[] = [];
  sendBreak(port: number): boolean {
    if (!this.send()) return false;
    this.breaks.push(port);
    return true;
  }
  edit(edit: DebuggerEdit): boolean {
    if (!this.send()) return false;
    this.edits.push(edit);
    this.position = ++this.end;
    return true;
  }
  async seekTime(ns: number): Promise<void> {
    await this.seek(ns);
  }
  async lastWrite(): Promise<undefined> {
    return undefined;
  }
  async index(): Promise<boolean> {
    return true;
  }
  readonly branchedAt = undefined;
  readonly parent = undefined;
  async branch(): Promise<void> {
    throw new UserError("only a recording has branches");
  }
  async endBranch(): Promise<void> {
    throw new UserError("there is no throw-away branch");
  }
  reset(): void {
    this.resets++;
  }
  wakeUp(): void {
    this.suspended = false;
  }
  quit(): Promise<void> {
    return Promise.resolve();
  }

  snapshots(): readonly SnapshotInfo[] {
    return this.named;
  }
  saveSnapshot(name: string): Promise<void> {
    this.named = [...this.named, { name, position: this.position, virtualNs: this.position * 128 }];
    return Promise.resolve();
  }
  async loadSnapshot(name: string): Promise<undefined> {
    const snapshot = this.named.find((s) => s.name === name);
    if (!snapshot) throw new UserError(`there is no snapshot named '${name}'`);
    await this.seek(snapshot.position);
  }
  snapshotsAside(): readonly SnapshotInfo[] {
    return [];
  }
  readonly leftSnapshots = new Map<string, string>();
  deleteSnapshot(name: string): Promise<void> {
    this.named = this.named.filter((s) => s.name !== name);
    return Promise.resolve();
  }

  outputUntil(): Uint8Array {
    return new Uint8Array();
  }
  outputSince(): { bytes: Uint8Array; positions: ArrayLike<number> } {
    const bytes = new TextEncoder().encode(this.printed);
    return { bytes, positions: Array.from(bytes, (_, index) => index + 1) };
  }
  inputs(): readonly LoggedInput[] {
    return this.inputLog;
  }
  stateHash(): string {
    return this.position.toString(16).padStart(32, "0");
  }
  onOutput(): Disposable {
    return { dispose() {} };
  }
  onChange(listener: () => void): Disposable {
    return this.changed.on(listener);
  }
  onProgress(_listener: (progress: Progress | undefined) => void): Disposable {
    return { dispose() {} };
  }
  readonly branchesDropped = new EventEmitter<DroppedBranch>();
  onBranchDropped(listener: (branch: DroppedBranch) => void): Disposable {
    return this.branchesDropped.on(listener);
  }
  onDivergence(): Disposable {
    return { dispose() {} };
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }

  get pc(): bigint {
    return CODE + BigInt(4 * (this.position % LOOP));
  }

  protected async moving(motion: () => TravelStop | Promise<TravelStop>): Promise<TravelStop> {
    if (this.running) throw new Error("a motion is in progress");
    this.running = true;
    this.interrupted = false;
    this.backwardHit = undefined;
    this.lastStop = undefined;
    await Promise.resolve();
    this.changed.emit();
    try {
      return (this.lastStop = await motion());
    } finally {
      this.running = false;
      this.changed.emit();
    }
  }

  private untilInterrupted(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.changed.on(() => {
        if (!this.interrupted) return;
        listening.dispose();
        resolve();
      });
    });
  }

  /** The watched access in the step from a position. */
  private hitAt(position: number): WatchHit | undefined {
    const access = position % LOOP === 3 ? "write" : position % LOOP === 5 ? "read" : undefined;
    if (!access) return undefined;
    const watchpoint = this.watchpoints.find(
      (w) =>
        (w.kind === access || w.kind === "access") &&
        w.address < COUNTER + 8n &&
        w.address + BigInt(w.length) > COUNTER,
    );
    return watchpoint && { watchpoint, address: watchpoint.address > COUNTER ? watchpoint.address : COUNTER, access };
  }

  private memory(): Uint8Array {
    const bytes = new Uint8Array(RAM_BYTES);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < 4 * LOOP; at += 4) view.setUint32(at, 0xd503201f, true);
    view.setBigUint64(Number(COUNTER - CODE), BigInt(Math.floor((this.position + LOOP - 4) / LOOP)), true);
    return bytes;
  }

  private readPhysical(address: number, length: number): Uint8Array | undefined {
    const at = address - Number(CODE);
    return at >= 0 && at + length <= RAM_BYTES ? this.memory().slice(at, at + length) : undefined;
  }

  private readonly debug: GuestDebug = {
    targetDescription: new Map([
      [
        "target.xml",
        `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>aarch64</architecture><xi:include href="aarch64-core.xml"/></target>`,
      ],
      ["aarch64-core.xml", coreDescription],
    ]),
    registers,
    systemRegisters,
    pcRegister: 32,
    spRegister: 31,
    instructionBytes: { shortest: 4, longest: 4 },
    watchpoints: "before",
    readRegister: (number) => {
      const bytes = new Uint8Array(number === 33 ? 4 : 8);
      const value = number === 32 ? this.pc : number === 0 ? BigInt(this.position) : 0n;
      if (number !== 33) new DataView(bytes.buffer).setBigUint64(0, value, true);
      return bytes;
    },
    translate: (address) => (this.readPhysical(Number(address), 1) ? Number(address) : undefined),
    disassemble: (_address, _bytes, syntax) => {
      const text = syntax === "large" ? "NOP" : "nop";
      return { text, mnemonic: text, length: 4 };
    },
    privilege: () => "EL1",
    describeRegisters: () => `PC=${this.pc.toString(16).padStart(16, "0")}`,
    backtrace: () => [],
    // The loop's seventh instruction is called by its second, and by that of a round only.
    caller: () => {
      const round = Math.floor(this.position / LOOP);
      const isNext = (): boolean => this.position === this.calledAt(round);
      return this.position % LOOP === 6 ? { address: CODE + 4n, isNext } : undefined;
    },
  };

  /** Where the call of a round is; tests let it lie in an earlier one. */
  calledAt = (round: number): number => round * LOOP + 1;

  get machine(): Machine {
    const session = this as FakeSession;
    return {
      debug: { ...this.debug, ...(this.syntaxes && { syntaxes: this.syntaxes }) },
      configuration: { board: "virt", reboot: session.reboot, ramBytes: RAM_BYTES },
      suspended: session.suspended,
      ports: [{ framing: "stream", room: () => 1 }],
      ioPorts: session.ioPorts,
      get onEvent() {
        return session.onMachineEvent;
      },
      set onEvent(listener: Machine["onEvent"]) {
        session.onMachineEvent = listener;
      },
      get pc() {
        return session.pc;
      },
      get position() {
        return session.position;
      },
      get nowNs() {
        return session.position * 128;
      },
      pages: {
        pageBytes: 4096,
        count: RAM_BYTES / 4096,
        view: (page: number) => session.memory().subarray(page * 4096, page * 4096 + 4096),
      },
      readPhysical: (address: number, length: number) => session.readPhysical(address, length),
      // One device: what its first word would give when it was read, nobody should know.
      peekDevice: (address: number, bytes: number) =>
        address >= 0x9000000 && address < 0x9000010
          ? address < 0x9000004
            ? "changes"
            : 2 ** (8 * bytes) - 2
          : undefined,
      deviceInfo: () => [
        { name: "uart", lines: ["fifo = 41", "control = 0x00000300"] },
        { name: "transport.0", lines: [] },
      ],
      // The fake maps nothing at physical addresses below CODE + 0x3000; the last page is not mapped.
      readVirtual: (address: bigint, length: number) =>
        address + BigInt(length) <= CODE + 0x3000n ? session.readPhysical(Number(address), length) : undefined,
    } as unknown as Machine;
  }
}

const shutdown: TravelStop = { kind: "shutdown", reason: "guest-shutdown" };
