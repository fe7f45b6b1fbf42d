import { assert } from "../../base/index.ts";
import type { Door, IdleEnd, Input, SerialInput } from "../../hardware/index.ts";
import type { Machine } from "../../machine/index.ts";
import type { Host } from "./host.ts";
import type { LogRecord } from "../log/records.ts";

/** Among the bytes typed. */
const BREAK = -1;

/** The door at the live end: gives what the host has, and logs what it gave. */
export class Recorder implements Door {
  /** Bytes typed, and BREAKs among them, not taken yet, by port: outside the machine. */
  private readonly typed = new Map<number, number[]>();

  /** Inputs that stand in the log and that the next step takes. */
  private again: { readonly position: number; readonly inputs: readonly Input[] } | undefined;

  /** `sleep`: an idle lasts as long on the host; else the clock jumps to the deadline at once. */
  constructor(
    private readonly host: Host,
    private readonly machine: Machine,
    private readonly log: (record: LogRecord) => void,
    private readonly sleep: boolean,
  ) {}

  type(port: number, bytes: Uint8Array): void {
    const waiting = this.waiting(port);
    for (const byte of bytes) waiting.push(byte);
  }

  sendBreak(port: number): void {
    this.waiting(port).push(BREAK);
  }

  private waiting(port: number): number[] {
    const waiting = this.typed.get(port) ?? [];
    this.typed.set(port, waiting);
    return waiting;
  }

  /** What waits is for another history's recorder to give: its user typed it when this one had stopped taking. */
  handOver(to: Recorder): void {
    for (const [port, typed] of this.typed) to.waiting(port).push(...typed);
    this.typed.clear();
  }

  /** Input waits, though the machine may have no room for it yet. */
  get hasInput(): boolean {
    for (const bytes of this.typed.values()) if (bytes.length > 0) return true;
    return false;
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
    return this.again || this.deliverable ? position : Infinity;
  }

  takeInputs(position: number): readonly Input[] {
    if (this.again) {
      const { inputs } = this.again;
      assert(this.again.position === position, "logged inputs were passed");
      this.again = undefined;
      return inputs;
    }
    const inputs: Input[] = [];
    for (const [port, waiting] of this.typed) {
      inputs.push(...arriving(port, waiting.splice(0, this.machine.serialRoom(port))));
    }
    for (const input of inputs) this.log({ kind: "input", position, input });
    return inputs;
  }

  idle(position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd {
    if (this.deliverable) {
      this.log({ kind: "idleEnd", position, ns: nowNs });
      return { kind: "at", ns: nowNs };
    }
    return !this.sleep && deadlineNs !== undefined ? { kind: "deadline" } : { kind: "wait" };
  }

  private get deliverable(): boolean {
    for (const [port, waiting] of this.typed) if (waiting.length > 0 && this.machine.serialRoom(port) > 0) return true;
    return false;
  }
}

/** Bytes on end make one input, a BREAK one of its own. */
function arriving(port: number, typed: readonly number[]): readonly SerialInput[] {
  const inputs: SerialInput[] = [];
  for (let from = 0; from < typed.length;) {
    const next = typed.indexOf(BREAK, from);
    const to = next < 0 ? typed.length : next;
    if (to > from) inputs.push({ kind: "serial", port, bytes: Uint8Array.from(typed.slice(from, to)) });
    if (next >= 0) inputs.push({ kind: "serial-break", port });
    from = to + 1;
  }
  return inputs;
}
