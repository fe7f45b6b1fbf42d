import { UserError } from "../../base/index.ts";
import type { SnapshotInfo } from "../session.ts";
import type { EndReason, LogRecord } from "./records.ts";

type Of<Kind extends LogRecord["kind"]> = Extract<LogRecord, { kind: Kind }>;

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
        if (before?.position === record.position && before.input.kind !== "serial")
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
