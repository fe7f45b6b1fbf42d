import {
  type BridgeState,
  type Listener,
  type Mark,
  type ProgressView,
  type RecordingInfo,
  type SnapshotMark,
  type View,
  ViewTeller,
} from "../../api/index.ts";
import { FakeBreakpoints } from "./breakpoints.ts";
import { FakeConsole } from "./console.ts";
import { FakeRecordings } from "./recordings.ts";
import { symbols } from "./script.ts";

/** Host milliseconds between two slices of the made-up machine. */
const slice = 30;

/** What the made-up machine is, who is told of it, and its time. */
export class FakeState {
  private readonly listeners = new Map<Listener, ViewTeller>();
  protected mode: View["mode"] = "none";
  protected motion: View["motion"] = "none";
  protected position = 0;
  protected end = 0;
  protected target: number | undefined;
  protected stop: View["stop"];
  protected progress: ProgressView | undefined;
  protected bridge: BridgeState = { kind: "listening", port: 1234 };
  protected readonly console = new FakeConsole();
  protected inputs: Mark[] = [];
  protected snapshots: SnapshotMark[] = [];
  protected readonly breakpoints = new FakeBreakpoints();
  /** Counts what ended a motion. */
  protected motions = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  protected readonly recordings = new FakeRecordings();
  protected current: RecordingInfo | undefined;
  protected readonly instructionsPerSlice: number;
  /** Another tab records what is open here, and has come so far. */
  protected otherTab = false;
  protected otherEnd = 812_345_678;

  /** `speed`: instructions per host second. */
  constructor(
    private readonly speed = 250e6,
    protected readonly seekSlices = 6,
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

  protected push(): void {
    for (const [listener, teller] of this.listeners) void listener.view(teller.change(structuredClone(this.view())));
  }

  protected pushOutput(reset: boolean, from: number): void {
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

  protected powerOn(name: string): void {
    this.console.begin();
    this.inputs = [];
    this.snapshots = [{ position: 0, label: "power-on", virtualNs: 0, named: true }];
    this.position = this.end = 0;
    this.stop = undefined;
    this.current = this.recordings.make(name);
  }

  /** Prints what is due and takes automatic snapshots, up to a new end. */
  protected extend(to: number): void {
    const before = this.console.length;
    this.console.printTo(to);
    for (let p = Math.ceil((this.end + 1) / 40e6) * 40e6; p <= to; p += 40e6)
      this.snapshots.push({ position: p, label: "", virtualNs: p, named: false });
    this.end = to;
    if (this.console.length > before) this.pushOutput(false, before);
  }

  protected start(motion: View["motion"], tick: () => boolean): Promise<void> {
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

  protected halt(): void {
    this.motions++;
    clearInterval(this.timer);
    this.timer = undefined;
    this.motion = "none";
    this.target = undefined;
  }

  protected pc(at = this.position): bigint {
    const symbol = symbols[Math.floor(at / 1e6) % symbols.length]!;
    return symbol[0] + BigInt((at * 4) % 512);
  }
}
