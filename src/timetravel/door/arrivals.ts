import type { Arrival } from "../../hardware/index.ts";
import type { Machine } from "../../machine/index.ts";

/** A byte of a stream or a BREAK among them; or a whole message. */
type Unit = number | Uint8Array;

const BREAK = -1;

/** What waits before the machine's host ports until they have room. */
export class Arrivals {
  private readonly waiting = new Map<number, Unit[]>();

  constructor(private readonly machine: Pick<Machine, "ports">) {}

  /** Bytes for a stream's port, or one message; for a port that the machine does not have: nothing. */
  give(port: number, bytes: Uint8Array): void {
    const queue = this.queue(port);
    if (this.machine.ports[port]?.framing === "messages") queue.push(bytes.slice());
    else for (const byte of bytes) queue.push(byte);
  }

  giveBreak(port: number): void {
    this.queue(port).push(BREAK);
  }

  handOver(to: Arrivals): void {
    for (const [port, queue] of this.waiting) to.queue(port).push(...queue);
    this.waiting.clear();
  }

  get any(): boolean {
    for (const queue of this.waiting.values()) if (queue.length > 0) return true;
    return false;
  }

  /** Something waits that the machine has room for now. */
  get deliverable(): boolean {
    for (const [port, queue] of this.waiting) if (queue.length > 0 && this.room(port) > 0) return true;
    return false;
  }

  /** As much as there is room for now, port by port. */
  take(): Arrival[] {
    return [...this.waiting].flatMap(([port, queue]) => arriving(port, queue.splice(0, this.room(port))));
  }

  private room(port: number): number {
    return this.machine.ports[port]?.room() ?? 0;
  }

  private queue(port: number): Unit[] {
    const queue = this.waiting.get(port) ?? [];
    this.waiting.set(port, queue);
    return queue;
  }
}

/** Bytes on end make one input, a BREAK and a message one each. */
function arriving(port: number, units: readonly Unit[]): Arrival[] {
  const inputs: Arrival[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) inputs.push({ kind: "arrival", port, bytes: Uint8Array.from(bytes) });
    bytes = [];
  };
  for (const unit of units) {
    if (typeof unit === "number" && unit !== BREAK) bytes.push(unit);
    else {
      flush();
      inputs.push(unit === BREAK ? { kind: "break", port } : { kind: "arrival", port, bytes: unit as Uint8Array });
    }
  }
  flush();
  return inputs;
}
