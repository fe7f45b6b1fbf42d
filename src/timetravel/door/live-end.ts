import type { Disposable } from "../../base/index.ts";
import type { Input } from "../../hardware/index.ts";
import type { Stop } from "../../machine/index.ts";
import type { Host } from "./host.ts";
import type { EndReason } from "../log/records.ts";
import { Recorder } from "./recorder.ts";
import type { SessionLog } from "../log/session-log.ts";
import type { Snapshot } from "../state/snapshots.ts";
import type { Chronicle } from "../session/chronicle.ts";

/** Slices and the host's own delays come on top: together at most 250 ms. */
const flushMs = 150;
/** A guest that is idle, for all but so few instructions, is written down this seldom, as long as nothing is new. */
const quietMs = 8000;
const quietInstructions = 2 ** 20;
/** Idle time is slept off once this much has come together: hosts cannot sleep shorter. */
const shortestSleepMs = 4;
/** How much lateness of the host's timers later sleeps make up for. */
const longestLeadMs = 20;

/** Where history grows: recording, idling in the host's time, and leaving and coming back while the user is in the past. */
export class LiveEnd {
  readonly recorder: Recorder;
  /** Waits for the next instruction. */
  pending: "reset" | "wake" | undefined;
  /** The machine stands within a step that idles. */
  private idling = false;
  private pinned: Snapshot | undefined;
  private flushedMs: number;
  /** Bytes of output that were there at the last flush. */
  private flushedOutput = 0;
  private owedMs = 0;
  private wakeUp: (() => void) | undefined;

  /** `sleep`: the guest's idle time takes as long on the host. */
  constructor(
    private readonly chronicle: Chronicle,
    private readonly host: Host,
    private readonly log: SessionLog,
    sleep: boolean,
  ) {
    this.recorder = new Recorder(host, chronicle.machine, log.record, sleep);
    this.flushedMs = host.nowMs();
  }

  powerOn(): void {
    this.chronicle.powerOn(this.recorder);
    this.flush();
  }

  /** Applies a host edit: a step of its own, behind the inputs that this step has taken already. */
  edit(input: Input): Stop {
    const { position } = this.chronicle.machine;
    this.log.record({ kind: "input", position, input });
    this.recorder.giveToo(position, input);
    return this.chronicle.advance(position + 1, { kind: "ignore" });
  }

  /** Writes down how far history goes. */
  flush(): void {
    const position = this.chronicle.machine.position - (this.idling ? 1 : 0);
    const { history } = this.chronicle;
    if (position > history.end || position === 0) this.log.record({ kind: "complete", position });
    this.log.flush();
    if (position > this.chronicle.indexedTo) this.chronicle.indexedTo = position;
    this.flushedMs = this.host.nowMs();
    this.flushedOutput = this.chronicle.output.length;
  }

  flushWhenDue(): void {
    const ms = this.host.nowMs() - this.flushedMs;
    if (ms >= (this.quiet ? quietMs : flushMs)) this.flush();
  }

  /** Nothing came in, nothing went out, and next to nothing was run since the last flush. */
  private get quiet(): boolean {
    const { machine, history, output } = this.chronicle;
    const ran = machine.position - history.end;
    return !this.log.hasNews && output.length === this.flushedOutput && ran < quietInstructions;
  }

  /**
   * Lets the host's time pass until the deadline, or an input. `beforeSleep`: called when that takes a while;
   * `stopped`: asks whether to end it now.
   */
  async idle(deadlineNs: number | undefined, beforeSleep: () => void, stopped: () => boolean): Promise<void> {
    const { machine } = this.chronicle;
    const wait = deadlineNs === undefined ? Infinity : this.owedMs + (deadlineNs - machine.nowNs) / 1e6;
    if (wait < shortestSleepMs) {
      this.owedMs = wait;
      machine.endIdle(deadlineNs!);
      return;
    }
    this.idling = true;
    if (wait > flushMs && !this.quiet) this.flush();
    const start = this.host.nowMs();
    const woken = (): boolean =>
      stopped() || this.pending !== undefined || this.recorder.nextInput(machine.position) !== Infinity;
    let slept = 0;
    try {
      beforeSleep();
      while (slept < wait && !woken()) {
        await this.sleep(wait - slept);
        slept = this.host.nowMs() - start;
      }
    } finally {
      this.idling = false;
      const early = slept < wait;
      this.owedMs = early ? 0 : Math.max(-longestLeadMs, wait - slept);
      this.endIdle(early ? machine.nowNs + Math.max(0, Math.floor(slept * 1e6)) : deadlineNs!, deadlineNs);
    }
  }

  /** Ends an idle at `ns`: logged, if that is before its deadline. */
  endIdle(ns: number, deadlineNs: number | undefined): void {
    const { machine } = this.chronicle;
    const early = deadlineNs === undefined || ns < deadlineNs;
    if (early) this.log.record({ kind: "idleEnd", position: machine.position, ns });
    machine.endIdle(early ? ns : deadlineNs);
  }

  /** Looks at the reasons to end an idle again. */
  wake(): void {
    this.wakeUp?.();
  }

  /** The user goes back: the live end waits, safe in the log and in memory. */
  leave(): void {
    this.flush();
    this.pinned = this.chronicle.takeSnapshot();
    this.pinned.pins++;
    this.chronicle.leaveLive();
  }

  /**
   * Goes back to just before the inputs that were taken at this position by a step that was not made, a hit having
   * stopped it: what the user sees is the state without them. The caller runs to where this stood, and returns.
   */
  untake(): void {
    this.flush();
    this.chronicle.leaveLive();
  }

  /** The machine stands at the end of history again: goes on recording. */
  return(): void {
    if (this.pinned) this.pinned.pins--;
    this.pinned = undefined;
    this.owedMs = 0;
    const { history } = this.chronicle;
    this.recorder.giveAgain(
      history.end,
      history.inputsAt(history.end).map(({ input }) => input),
    );
    this.chronicle.goLive(this.recorder);
  }

  /** Nobody returns to it. */
  abandon(): void {
    if (this.pinned) this.pinned.pins--;
    this.pinned = undefined;
  }

  /** Where the user left it; undefined while there. */
  get left(): Snapshot | undefined {
    return this.pinned;
  }

  /** History is over. The last state's hash goes into the log too. */
  end(reason: EndReason): void {
    const { machine, history } = this.chronicle;
    const position = this.chronicle.live ? machine.position : history.end;
    const hash = this.chronicle.lastHashed(position) === position ? undefined : this.lastHash(position);
    if (hash) this.log.record({ kind: "hash", position, hash });
    this.log.record({ kind: "end", position, reason });
    this.log.flush();
    if (this.chronicle.live) this.chronicle.leaveLive();
  }

  /** The user may be elsewhere. */
  private lastHash(end: number): Uint8Array | undefined {
    const { chronicle, pinned } = this;
    if (chronicle.live) return chronicle.stateHash();
    if (pinned?.position !== end) return undefined;
    const here = chronicle.takeSnapshot();
    chronicle.restore(pinned);
    const hash = chronicle.stateHash();
    chronicle.restore(here);
    return hash;
  }

  private async sleep(ms: number): Promise<void> {
    let timer: Disposable | undefined;
    await new Promise<void>((resolve) => {
      this.wakeUp = resolve;
      if (ms !== Infinity) timer = this.host.after(ms, resolve);
    });
    this.wakeUp = undefined;
    timer?.dispose();
  }
}
