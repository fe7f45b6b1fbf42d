import { UserError } from "../../base/index.ts";
import {
  type BootSource,
  type BreakpointView,
  type BridgeState,
  type InspectRequest,
  type KeptBreakpoint,
  type Inspection,
  type Listener,
  type MachineApi,
  type Mark,
  type NamedBlob,
  type ProgressView,
  type SlicedFile,
  type DemoView,
  type FileHead,
  type RecognizedImage,
  type RecordingInfo,
  type SnapshotMark,
  type View,
  ViewTeller,
} from "../../api/index.ts";
import { complete, FakeBreakpoints, resolve } from "./breakpoints.ts";
import { FakeConsole, positionOfLine } from "./console.ts";
import { madeUpInspection } from "./details.ts";
import { FakeRecordings } from "./recordings.ts";
import { bootLines, symbols } from "./script.ts";

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
  private readonly console = new FakeConsole();
  private inputs: Mark[] = [];
  private snapshots: SnapshotMark[] = [];
  private readonly breakpoints = new FakeBreakpoints();
  /** Counts what ended a motion. */
  private motions = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly recordings = new FakeRecordings();
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
      breakpoints: this.breakpoints.list,
      progress: this.progress,
    };
  }

  private push(): void {
    for (const [listener, teller] of this.listeners) void listener.view(teller.change(structuredClone(this.view())));
  }

  private pushOutput(reset: boolean, from: number): void {
    const chunk = { reset, ...this.console.since(from) };
    for (const listener of this.listeners.keys()) void listener.output(chunk);
  }

  subscribe(listener: Listener): Promise<void> {
    const teller = new ViewTeller();
    this.listeners.set(listener, teller);
    void listener.output({ reset: true, ...this.console.since(0) });
    void listener.view(teller.change(structuredClone(this.view())));
    return Promise.resolve();
  }

  private powerOn(name: string): void {
    this.console.begin();
    this.inputs = [];
    this.snapshots = [{ position: 0, label: "power-on", virtualNs: 0, named: true }];
    this.position = this.end = 0;
    this.stop = undefined;
    this.current = this.recordings.make(name);
  }

  /** Prints what is due and takes automatic snapshots, up to a new end. */
  private extend(to: number): void {
    const before = this.console.length;
    this.console.printTo(to);
    for (let p = Math.ceil((this.end + 1) / 40e6) * 40e6; p <= to; p += 40e6)
      this.snapshots.push({ position: p, label: "", virtualNs: p, named: false });
    this.end = to;
    if (this.console.length > before) this.pushOutput(false, before);
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

  /** What was booted last. */
  booted: BootSource | undefined;
  async boot(source: BootSource): Promise<void> {
    this.booted = source;
    await this.fetchGuest();
    this.mode = "record";
    this.powerOn("Debian 12 boot");
    this.recordings.add(this.current!);
    this.pushOutput(true, 0);
    void this.run();
  }

  run(): Promise<void> {
    void this.start("run", () => {
      const next = this.position + this.instructionsPerSlice;
      if (this.mode === "record" && this.position === this.end) {
        // After the boot the shell idles, and virtual time with it.
        const { busyUntil } = this.console;
        this.extend(busyUntil === undefined ? this.end + 40_000 : Math.min(next, busyUntil));
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
    const hit = this.breakpoints.any ? Math.floor((this.position - 1) / 37e6) * 37e6 + 1234 : 0;
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
    if (line !== undefined) return this.seek(positionOfLine(line));
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
    const before = this.console.length;
    this.end += this.console.type(text, this.end);
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
    return this.replay(this.recordings.find(id));
  }
  openDemoRecording(): Promise<void> {
    return this.replay();
  }
  private async replay(recording?: RecordingInfo): Promise<void> {
    this.mode = "play";
    this.powerOn("Debian 12 boot and crash");
    if (this.recordings.empty) this.recordings.add(this.current!);
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
    const others = ["Debian on x86-64"];
    return Promise.resolve({
      ...{ boot: true, recording: true, title: "Debian 12, Linux 6.1, arm64" },
      ...{ others, kernels: "arm64 or x86" },
    });
  }
  recognize(files: readonly FileHead[]): Promise<readonly (RecognizedImage | undefined)[]> {
    const of = ({ name }: FileHead) =>
      /^init/.test(name)
        ? "initrd"
        : /^(Image|vmlinu|bzImage)/.test(name)
          ? "kernel"
          : /^bios/.test(name)
            ? "firmware"
            : undefined;
    return Promise.resolve(files.map(of));
  }

  async listRecordings(): Promise<readonly RecordingInfo[]> {
    return this.recordings.list(this.current, this.end);
  }
  async renameRecording(id: string, name: string): Promise<void> {
    this.recordings.rename(id, name);
    if (this.current?.id === id) this.current = { ...this.current, name };
    this.push();
  }
  async deleteRecording(id: string): Promise<void> {
    this.recordings.delete(id);
    if (this.current?.id === id) await this.close();
  }
  async exportRecording(id: string): Promise<NamedBlob> {
    return this.recordings.export(id);
  }
  giveImages(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }
  async importRecording(file: SlicedFile): Promise<string> {
    return this.recordings.import(file);
  }

  private pc(at = this.position): bigint {
    const symbol = symbols[Math.floor(at / 1e6) % symbols.length]!;
    return symbol[0] + BigInt((at * 4) % 512);
  }

  /** Of the disassembly; the second is in capitals. */
  syntaxes: readonly string[] = [];
  inspect(request: InspectRequest): Promise<Inspection | undefined> {
    if (this.mode === "none") return Promise.resolve(undefined);
    return Promise.resolve(madeUpInspection(this.position, this.pc(), request, this.syntaxes));
  }

  async resolve(expression: string): Promise<bigint> {
    return resolve(expression);
  }
  addSymbols(): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }
  async completeSymbol(prefix: string, limit: number): Promise<readonly string[]> {
    return complete(prefix, limit);
  }
  async addBreakpoint(kind: BreakpointView["kind"], expression: string, length: number): Promise<void> {
    this.breakpoints.add(kind, expression, length);
    this.push();
  }
  async restoreBreakpoints(points: readonly KeptBreakpoint[]): Promise<void> {
    this.breakpoints.restore(points);
    this.push();
  }
  async removeBreakpoint(id: number): Promise<void> {
    this.breakpoints.remove(id);
    this.push();
  }
  async enableBreakpoint(id: number, enabled: boolean): Promise<void> {
    this.breakpoints.enable(id, enabled);
    this.push();
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
  symbolFile(): Promise<NamedBlob> {
    return Promise.resolve({ name: "vmlinux-symbols.elf", blob: new Blob(["\x7fELF"]) });
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
