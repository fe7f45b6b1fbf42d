import { assert } from "../../base/index.ts";
import type { Door, IdleEnd, Input } from "../../hardware/index.ts";
import type { Machine } from "../../machine/index.ts";
import { Arrivals } from "./arrivals.ts";
import type { Host } from "./host.ts";
import type { LogRecord } from "../log/records.ts";

/** The door at the live end: gives what the host has, and logs what it gave. */
export class Recorder implements Door {
  /** What has arrived and was not taken yet: outside the machine. */
  private readonly waiting: Arrivals;

  /** Inputs that stand in the log and that the next step takes. */
  private again: { readonly position: number; readonly inputs: readonly Input[] } | undefined;

  /** `sleep`: an idle lasts as long on the host; else the clock jumps to the deadline at once. */
  constructor(
    private readonly host: Host,
    machine: Pick<Machine, "ports">,
    private readonly log: (record: LogRecord) => void,
    private readonly sleep: boolean,
  ) {
    this.waiting = new Arrivals(machine);
  }

  /** Bytes for a stream's port, or one message. */
  give(port: number, bytes: Uint8Array): void {
    this.waiting.give(port, bytes);
  }

  sendBreak(port: number): void {
    this.waiting.giveBreak(port);
  }

  /** What waits is for another history's recorder to give: its user typed it when this one had stopped taking. */
  handOver(to: Recorder): void {
    this.waiting.handOver(to.waiting);
  }

  /** Input waits, though the machine may have no room for it yet. */
  get hasInput(): boolean {
    return this.waiting.any;
  }

  /** `inputs` were logged at `position`, where the machine stands without having applied them. */
  giveAgain(position: number, inputs: readonly Input[]): void {
    this.again = inputs.length > 0 ? { position, inputs } : undefined;
  }

  /** `input` was logged at `position`, behind those that are given again. */
  giveToo(position: number, input: Input): void {
    this.again = { position, inputs: [...(this.again?.inputs ?? []), input] };
  }

  entropy(position: number, length: number): Uint8Array {
    const bytes = this.host.entropy(length);
    this.log({ kind: "entropy", position, bytes });
    return bytes;
  }

  realTime(position: number): number {
    const seconds = this.host.realTime();
    this.log({ kind: "realTime", position, seconds });
    return seconds;
  }

  nextInput(position: number): number {
    return this.again || this.waiting.deliverable ? position : Infinity;
  }

  takeInputs(position: number): readonly Input[] {
    if (this.again) {
      const { inputs } = this.again;
      assert(this.again.position === position, "logged inputs were passed");
      this.again = undefined;
      return inputs;
    }
    const inputs = this.waiting.take();
    for (const input of inputs) this.log({ kind: "input", position, input });
    return inputs;
  }

  idle(position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd {
    if (this.waiting.deliverable) {
      this.log({ kind: "idleEnd", position, ns: nowNs });
      return { kind: "at", ns: nowNs };
    }
    return !this.sleep && deadlineNs !== undefined ? { kind: "deadline" } : { kind: "wait" };
  }
}
