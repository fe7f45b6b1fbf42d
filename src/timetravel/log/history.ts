import { UserError } from "../../base/index.ts";
import { isArrival } from "../../hardware/index.ts";
import type { SnapshotInfo } from "../session/session.ts";
import type { EndReason, LogRecord } from "./records.ts";

type Of<Kind extends LogRecord["kind"]> = Extract<LogRecord, { kind: Kind }>;

/**
 * How many records were consumed before a state. A position does not tell: a reset may consume entropy just before
 * State(p) exists, or in the step from it.
 */
export interface Consumed {
  readonly entropy: number;
  readonly realTimes: number;
}

/** A log in memory, each kind of record in a list of its own, ordered by position. The recorder appends, the replayer reads. */
export class History {
  readonly entropy: Of<"entropy">[] = [];
  readonly realTimes: Of<"realTime">[] = [];
  readonly inputs: Of<"input">[] = [];
  readonly idleEnds: Of<"idleEnd">[] = [];
  readonly hashes: Of<"hash">[] = [];
  readonly names = new Map<string, SnapshotInfo>();
  /** A replay can go this far. */
  end = 0;
  endReason: EndReason | undefined;
  /** State(0) existed. */
  poweredOn = false;
  private lastPosition = 0;

  /** Inputs to apply in the step from `position`. */
  inputsAt(position: number): readonly Of<"input">[] {
    const from = lowerBound(this.inputs, position);
    return this.inputs.slice(from, lowerBound(this.inputs, position + 1));
  }

  /** A history of its own that has the same past up to `position`, where so much had been consumed, and no future yet. */
  until(position: number, consumed: Consumed): History {
    const past = new History();
    past.entropy.push(...this.entropy.slice(0, consumed.entropy));
    past.realTimes.push(...this.realTimes.slice(0, consumed.realTimes));
    past.inputs.push(...this.inputs.slice(0, lowerBound(this.inputs, position)));
    past.idleEnds.push(...this.idleEnds.slice(0, lowerBound(this.idleEnds, position + 1)));
    past.hashes.push(...this.hashes.slice(0, lowerBound(this.hashes, position + 1)));
    for (const [name, info] of this.names) if (info.position <= position) past.names.set(name, info);
    past.end = past.lastPosition = position;
    past.poweredOn = true;
    return past;
  }

  /** Records that make the same history when they are appended to an empty one. */
  records(): LogRecord[] {
    const timed = [this.entropy, this.realTimes, this.idleEnds, this.hashes, this.inputs].flat<
      readonly LogRecord[][]
    >();
    // Stable: what came in order at one position stays so.
    const records = (timed as { position: number }[]).sort((a, b) => a.position - b.position) as LogRecord[];
    // What was logged since the last one says itself that its position was reached.
    records.push({ kind: "complete", position: this.lastPosition });
    for (const info of this.names.values()) records.push({ kind: "name", ...info });
    if (this.endReason) records.push({ kind: "end", position: this.end, reason: this.endReason });
    return records;
  }

  append(record: LogRecord): void {
    if (record.kind === "name") {
      this.names.set(record.name, { name: record.name, position: record.position, virtualNs: record.virtualNs });
      return;
    }
    if (record.kind === "forget") {
      this.names.delete(record.name);
      return;
    }
    if (record.position < this.lastPosition)
      throw new UserError(`position ${record.position} follows ${this.lastPosition}`);
    if (this.endReason) throw new UserError("records follow the end");
    this.lastPosition = record.position;
    switch (record.kind) {
      case "entropy":
        this.entropy.push(record);
        break;
      case "realTime":
        this.realTimes.push(record);
        break;
      case "input": {
        const before = this.inputs.at(-1);
        if (before?.position === record.position && !isArrival(before.input))
          throw new UserError(`an input follows an edit at position ${record.position}`);
        this.inputs.push(record);
        break;
      }
      case "idleEnd":
        this.idleEnds.push(record);
        break;
      case "hash":
        this.hashes.push(record);
        break;
      case "complete":
        this.end = record.position;
        this.poweredOn = true;
        break;
      case "end":
        this.end = record.position;
        this.endReason = record.reason;
        break;
    }
  }
}

/** Index of the first record at or after `position`. */
export function lowerBound(records: readonly { readonly position: number }[], position: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (records[middle]!.position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
