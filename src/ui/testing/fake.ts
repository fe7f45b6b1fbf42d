import { UserError } from "../../base/index.ts";
import {
  type BreakpointView,
  type BridgeState,
  type InspectRequest,
  type KeptBreakpoint,
  type Inspection,
  type Listener,
  type MachineApi,
  type Mark,
  type NamedBytes,
  type ProgressView,
  type DemoView,
  type FileHead,
  type RecognizedImage,
  type RecordingInfo,
  type SnapshotMark,
  type View,
  ViewTeller,
} from "../../api/index.ts";
import { madeUpInspection, symbolAt } from "./details.ts";
import { banner, bootLines, prompt, reply, symbols } from "./script.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Host milliseconds between two slices of the made-up machine. */
const slice = 30;

/** A made-up machine behind the real contract, for looking at the page and testing it without a guest. */
export class FakeMachine implements MachineApi {
  private readonly listeners = new Map<Listener, ViewTeller>();
  private mode: View["mode"] = "none";
  private motion: View["motion"] = "none";
  private position = 0;
  private end = 0;
  private target: number | undefined;
  private stop: View["stop"];
  private progress: ProgressView | undefined;
  private bridge: BridgeState = { kind: "listening", port: 1234 };
  private readonly bytes: number[] = [];
  private readonly positions: number[] = [];
  private pending: { position: number; text: string }[] = [];
  private inputs: Mark[] = [];
  private snapshots: SnapshotMark[] = [];
  private breakpoints: BreakpointView[] = [];
  private nextId = 1;
  private line = "";
  /** Counts what ended a motion. */
  private motions = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private recordings: RecordingInfo[] = [];
  private current: RecordingInfo | undefined;
  private readonly instructionsPerSlice: number;

  /** `speed`: instructions per host second. */
  constructor(
    private readonly speed = 250e6,
    private readonly seekSlices = 6,
  ) {
    this.instructionsPerSlice = Math.round((speed * slice) / 1000);
  }

  private view(): View {
    return {
      mode: this.mode,
      recording: this.current,
      history: this.current?.id ?? "",
      readOnly: this.otherTab,
      motion: this.motion,
      position: this.position,
      target: this.target,
      end: this.end,
      virtualNs: this.position,
      indexedTo: this.end,
      speed: this.motion === "run" ? this.speed : 0,
      translated: this.motion === "run" ? 0.9 : undefined,
      privilege: this.position % 7 < 5 ? "EL1" : "EL0",
      pc: this.pc().toString(16),
      stop: this.stop,
      snapshots: this.snapshots,
      inputs: this.inputs,
      bridge: this.bridge,
      breakpoints: this.breakpoints,
      progress: this.progress,
    };
  }

  private push(): void {
    for (const [listener, teller] of this.listeners) void listener.view(teller.change(structuredClone(this.view())));
  }

  private pushOutput(reset: boolean, from: number): void {
    const bytes = Uint8Array.from(this.bytes.slice(from));
    const positions = Float64Array.from(this.positions.slice(from));
    for (const listener of this.listeners.keys()) void listener.output({ reset, bytes, positions });
  }

  subscribe(listener: Listener): Promise<void> {
    const teller = new ViewTeller();
    this.listeners.set(listener, teller);
    void listener.output({
      reset: true,
      bytes: Uint8Array.from(this.bytes),
      positions: Float64Array.from(this.positions),
    });
    void listener.view(teller.change(structuredClone(this.view())));
    return Promise.resolve();
  }

  private print(position: number, text: string): void {
    for (const byte of encoder.encode(text)) {
      this.bytes.push(byte);
      this.positions.push(position++);
    }
  }

  private powerOn(name: string): void {
    this.bytes.length = this.positions.length = 0;
    this.inputs = [];
    this.snapshots = [{ position: 0, label: "power-on", virtualNs: 0, named: true }];
    this.position = this.end = 0;
    this.line = "";
    this.stop = undefined;
    this.pending = bootLines.map(([seconds, text], i) => ({
      position: Math.round(seconds * 1e9) + 1_700_000 + i * 240_000,
      text: `[${seconds.toFixed(6).padStart(12)}] ${text}\r\n`,
    }));
    const ready = this.pending.at(-1)!.position + 60e6;
    this.pending.push({ position: ready, text: banner + prompt });
    this.current = {
      id: `r${this.nextId++}`,
      name,
      length: 0,
      bytes: 9_400,
      changed: Date.UTC(2026, 10, 20),
      locked: false,
    };
    this.recordings.unshift(this.current);
  }

  /** Prints what is due and takes automatic snapshots, up to a new end. */
  private extend(to: number): void {
    const before = this.bytes.length;
    while (this.pending.length > 0 && this.pending[0]!.position <= to) {
      const next = this.pending.shift()!;
      this.print(next.position, next.text);
    }
    for (let p = Math.ceil((this.end + 1) / 40e6) * 40e6; p <= to; p += 40e6)
      this.snapshots.push({ position: p, label: "", virtualNs: p, named: false });
    this.end = to;
    if (this.bytes.length > before) this.pushOutput(false, before);
  }

  private start(motion: View["motion"], tick: () => boolean): Promise<void> {
    this.halt();
    this.motion = motion;
    this.stop = undefined;
    this.push();
    return new Promise((resolve) => {
      const step = (): void => {
        if (!tick()) {
          this.halt();
          resolve();
        }
        this.push();
      };
      this.timer = setInterval(step, slice);
    });
  }

  private halt(): void {
    this.motions++;
    clearInterval(this.timer);
    this.timer = undefined;
    this.motion = "none";
    this.target = undefined;
  }

  private async fetchGuest(): Promise<void> {
    const total = 26.9e6;
    let done = 0;
    await this.start("none", () => {
      done = Math.min(total, done + total / 8);
      this.progress = { task: "Fetching the kernel", done, total, unit: "bytes", cancellable: true };
      return done < total;
    });
    this.progress = undefined;
  }

  async boot(): Promise<void> {
    await this.fetchGuest();
    this.mode = "record";
    this.powerOn("Debian 12 boot");
    this.pushOutput(true, 0);
    void this.run();
  }

  run(): Promise<void> {
    void this.start("run", () => {
      const next = this.position + this.instructionsPerSlice;
      if (this.mode === "record" && this.position === this.end) {
        // After the boot the shell idles, and virtual time with it.
        const busy = this.pending.length > 0;
        this.extend(busy ? Math.min(next, this.pending.at(-1)!.position) : this.end + 40_000);
        this.position = this.end;
        return true;
      }
      this.position = Math.min(next, this.end);
      if (this.position < this.end || this.mode === "record") return true;
      this.stop = { reason: "history-end", text: "End of the recording" };
      return false;
    });
    return Promise.resolve();
  }

  pause(): Promise<void> {
    this.halt();
    this.push();
    return Promise.resolve();
  }
  cancel(): Promise<void> {
    this.progress = undefined;
    return this.pause();
  }

  private async move(position: number, stop?: View["stop"]): Promise<void> {
    this.halt();
    this.position = Math.max(0, Math.min(this.end, position));
    this.stop = stop;
    this.push();
    await Promise.resolve();
  }

  step(): Promise<void> {
    if (this.mode === "record" && this.position === this.end) this.extend(this.end + 1);
    return this.move(this.position + 1);
  }
  stepBack(): Promise<void> {
    return this.move(this.position - 1);
  }
  async runBack(): Promise<void> {
    const hit = this.breakpoints.some((b) => b.enabled) ? Math.floor((this.position - 1) / 37e6) * 37e6 + 1234 : 0;
    await this.start("back", () => false);
    await this.move(
      hit < this.position ? hit : 0,
      hit > 0
        ? { reason: "breakpoint", text: "Breakpoint: start_kernel" }
        : {
            reason: "history-start",
            text: "No break- or watchpoint was hit before: this is the start of history",
          },
    );
  }

  async seek(position: number): Promise<boolean> {
    let left = this.seekSlices;
    let arrived = false;
    const moving = this.start("seek", () => {
      this.target = position;
      arrived = --left <= 0;
      return !arrived;
    });
    const number = this.motions;
    await Promise.race([
      moving,
      new Promise<void>((resolve) => {
        const overtaken = setInterval(() => {
          if (number === this.motions) return;
          clearInterval(overtaken);
          resolve();
        }, 5);
      }),
    ]);
    if (arrived) await this.move(position);
    return arrived;
  }

  /** Understands positions, log times and names. */
  async go(text: string): Promise<boolean> {
    const digits = text.trim().replaceAll(/[,_\s]/g, "");
    if (/^\d+$/.test(digits)) return this.seek(Number(digits));
    const log = /^(\d+\.\d+)$/.exec(digits)?.[1];
    const line = log === undefined ? undefined : bootLines.findIndex(([seconds]) => seconds >= Number(log));
    if (line === -1) throw new UserError("the kernel's log ends before that");
    if (line !== undefined) return this.seek(Math.round(bootLines[line]![0] * 1e9) + 1_700_000 + line * 240_000);
    const address = await this.resolve(text).catch(() => {
      throw new UserError(`'${text.trim()}' is not a position`);
    });
    return this.seek(symbols.findIndex(([start]) => start === address) * 1e6);
  }

  async returnToLive(): Promise<void> {
    await this.move(this.end);
    if (this.mode === "record") await this.run();
  }
  reset(): Promise<void> {
    return Promise.resolve();
  }

  sendInput(bytes: Uint8Array): Promise<boolean> {
    if (this.mode !== "record" || this.position !== this.end) return Promise.resolve(false);
    const text = decoder.decode(bytes);
    this.inputs.push({ position: this.end, label: text });
    const before = this.bytes.length;
    for (const char of text) {
      if (char === "\r") {
        this.print(this.end, `\r\n${reply(this.line)}${prompt}`);
        this.line = "";
      } else if (char === "\x7f") {
        if (this.line !== "") this.print(this.end, "\b \b");
        this.line = this.line.slice(0, -1);
      } else {
        this.print(this.end, char);
        this.line += char;
      }
    }
    this.end += this.bytes.length - before;
    this.position = this.end;
    this.pushOutput(false, before);
    this.push();
    return Promise.resolve(true);
  }

  sendBreak(): Promise<boolean> {
    if (this.mode !== "record" || this.position !== this.end) return Promise.resolve(false);
    this.inputs = [...this.inputs, { position: this.end, label: "BREAK" }];
    this.push();
    return Promise.resolve(true);
  }

  openRecording(id: string): Promise<void> {
    return this.replay(this.recordings.find((r) => r.id === id));
  }
  openDemoRecording(): Promise<void> {
    return this.replay();
  }
  private async replay(recording?: RecordingInfo): Promise<void> {
    this.mode = "play";
    const known = [...this.recordings];
    this.powerOn("Debian 12 boot and crash");
    if (known.length > 0) this.recordings = known;
    this.current = recording ?? this.current;
    this.extend(this.otherEnd);
    this.inputs.push(
      { position: 640e6, label: "echo hello\r" },
      { position: 720e6, label: "echo c > /proc/sysrq-trigger\r" },
    );
    this.snapshots.push({ position: 583_012_000, label: "before init", virtualNs: 583_012_000, named: true });
    this.pushOutput(true, 0);
    await this.run();
  }
  close(): Promise<void> {
    this.halt();
    this.mode = "none";
    this.current = undefined;
    this.push();
    return Promise.resolve();
  }
  demo(): Promise<DemoView> {
    return Promise.resolve({ boot: true, recording: true, title: "Debian 12, Linux 6.1, arm64", kernels: "arm64" });
  }
  recognize(files: readonly FileHead[]): Promise<readonly (RecognizedImage | undefined)[]> {
    const of = ({ name }: FileHead) => (/^init/.test(name) ? "initrd" : /^Image/.test(name) ? "kernel" : undefined);
    return Promise.resolve(files.map(of));
  }

  listRecordings(): Promise<readonly RecordingInfo[]> {
    return Promise.resolve(
      this.recordings.map((r) => ({ ...r, length: r === this.current ? this.end : (r.length ?? 0) })),
    );
  }
  renameRecording(id: string, name: string): Promise<void> {
    this.recordings = this.recordings.map((r) => (r.id === id ? { ...r, name } : r));
    if (this.current?.id === id) this.current = { ...this.current, name };
    this.push();
    return Promise.resolve();
  }
  deleteRecording(id: string): Promise<void> {
    this.recordings = this.recordings.filter((r) => r.id !== id);
    return this.current?.id === id ? this.close() : Promise.resolve();
  }
  exportRecording(id: string): Promise<NamedBytes> {
    return Promise.resolve({ name: `${id}.hindsight`, bytes: encoder.encode("made up") });
  }
  giveImages(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }
  importRecording(file: NamedBytes): Promise<string> {
    if (!file.name.endsWith(".hindsight")) return Promise.reject(new UserError(`${file.name} is not a recording`));
    const info = {
      id: `r${this.nextId++}`,
      name: file.name,
      length: 812_345_678,
      bytes: file.bytes.length,
      changed: 0,
      locked: false,
    };
    this.recordings.unshift(info);
    return Promise.resolve(info.id);
  }

  private pc(at = this.position): bigint {
    const symbol = symbols[Math.floor(at / 1e6) % symbols.length]!;
    return symbol[0] + BigInt((at * 4) % 512);
  }

  inspect(request: InspectRequest): Promise<Inspection | undefined> {
    return Promise.resolve(this.mode === "none" ? undefined : madeUpInspection(this.position, this.pc(), request));
  }

  resolve(expression: string): Promise<bigint> {
    const match = /^\s*(?:(0x[0-9a-f]+)|([a-z_]\w*)(?:\+(0x[0-9a-f]+|\d+))?)\s*$/i.exec(expression);
    const named = symbols.find(([, name]) => name === match?.[2])?.[0];
    const base = match?.[1] === undefined ? named : BigInt(match[1]);
    if (base === undefined) return Promise.reject(new UserError(`no symbol "${expression.trim()}" in the kernel`));
    return Promise.resolve(base + BigInt(match?.[3] ?? 0));
  }
  addSymbols(): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }
  completeSymbol(prefix: string, limit: number): Promise<readonly string[]> {
    return Promise.resolve(
      symbols
        .map(([, name]) => name)
        .filter((name) => name.startsWith(prefix))
        .slice(0, limit),
    );
  }
  async addBreakpoint(kind: BreakpointView["kind"], expression: string, length: number): Promise<void> {
    const address = await this.resolve(expression);
    const label = symbolAt(address) ?? expression;
    this.breakpoints = [...this.breakpoints, { id: this.nextId++, kind, label, address, length, enabled: true }];
    this.push();
  }
  restoreBreakpoints(points: readonly KeptBreakpoint[]): Promise<void> {
    this.breakpoints = points.map((point) => ({ ...point, id: this.nextId++ }));
    this.push();
    return Promise.resolve();
  }
  removeBreakpoint(id: number): Promise<void> {
    this.breakpoints = this.breakpoints.filter((b) => b.id !== id);
    this.push();
    return Promise.resolve();
  }
  enableBreakpoint(id: number, enabled: boolean): Promise<void> {
    this.breakpoints = this.breakpoints.map((b) => (b.id === id ? { ...b, enabled } : b));
    this.push();
    return Promise.resolve();
  }

  saveSnapshot(label: string): Promise<void> {
    this.snapshots = [...this.snapshots, { position: this.position, label, virtualNs: this.position, named: true }];
    this.push();
    return Promise.resolve();
  }
  deleteSnapshot(label: string): Promise<void> {
    this.snapshots = this.snapshots.filter((s) => s.label !== label);
    this.push();
    return Promise.resolve();
  }
  monitor(command: string): Promise<string> {
    if (command === "info replay") {
      const doing = this.mode === "record" ? "Recording" : "Replaying";
      return Promise.resolve(`${doing} execution 'demo': instruction count = ${this.position}\n`);
    }
    return Promise.resolve(`unknown command: '${command}'\n`);
  }
  symbolFile(): Promise<NamedBytes> {
    return Promise.resolve({ name: "vmlinux-symbols.elf", bytes: encoder.encode("\x7fELF") });
  }
  stateHash(): Promise<string> {
    return Promise.resolve(this.position.toString(16).padStart(32, "0"));
  }
  /** How often the page said so. */
  timesHidden = 0;
  hidden(): Promise<void> {
    this.timesHidden++;
    return Promise.resolve();
  }
  connectBridge(): Promise<void> {
    this.bridge = { kind: "listening", port: 1234 };
    this.push();
    return Promise.resolve();
  }
  detachDebugger(): Promise<void> {
    return this.connectBridge();
  }
  /** As if another tab recorded what is open here, and had come so far. */
  private otherTab = false;
  private otherEnd = 812_345_678;
  recordElsewhere(end: number): void {
    this.otherTab = true;
    this.otherEnd = end;
    this.push();
  }
  /** As if gdb had attached, which stops the machine, and perhaps let it run again. */
  attachGdb(stopped = true): void {
    this.halt();
    this.bridge = { kind: "attached", port: 1234, stopped };
    this.push();
  }
}
