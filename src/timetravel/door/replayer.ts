import type { Door, IdleEnd, Input } from "../../hardware/index.ts";
import { Divergence } from "../divergence.ts";
import { type Consumed, type History, lowerBound } from "../log/history.ts";

/** The door to the past: gives again what the log says, and insists that it is asked for at the same positions. */
export class Replayer implements Door {
  // The next record of each kind to be consumed.
  private entropyAt = 0;
  private realTimeAt = 0;
  private inputAt = 0;
  private idleEndAt = 0;

  constructor(private readonly history: History) {}

  /** The machine stands at `position` now, having consumed so much. */
  moveTo(position: number, consumed: Consumed): void {
    this.entropyAt = consumed.entropy;
    this.realTimeAt = consumed.realTimes;
    this.inputAt = lowerBound(this.history.inputs, position);
    this.idleEndAt = lowerBound(this.history.idleEnds, position + 1);
  }

  /** The machine is about to be powered on. */
  rewind(): void {
    this.entropyAt = this.realTimeAt = this.inputAt = this.idleEndAt = 0;
  }

  get consumed(): Consumed {
    return { entropy: this.entropyAt, realTimes: this.realTimeAt };
  }

  entropy(position: number, length: number): Uint8Array {
    const record = this.history.entropy[this.entropyAt++];
    if (record?.position !== position || record.bytes.length !== length)
      throw new Divergence(`the replay asks for ${length} bytes of entropy, which the recording did not`, position);
    return record.bytes;
  }

  realTime(position: number): number {
    const record = this.history.realTimes[this.realTimeAt++];
    if (record?.position !== position)
      throw new Divergence("the replay asks for the real time, which the recording did not", position);
    return record.seconds;
  }

  nextInput(position: number): number {
    const next = this.history.inputs[this.inputAt];
    if (next === undefined) return Infinity;
    if (next.position < position) throw new Divergence(`the replay passed the input at ${next.position}`, position);
    return next.position;
  }

  takeInputs(position: number): readonly Input[] {
    const taken: Input[] = [];
    for (;;) {
      const next = this.history.inputs[this.inputAt];
      if (next?.position !== position) return taken;
      taken.push(next.input);
      this.inputAt++;
    }
  }

  idle(position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd {
    const record = this.history.idleEnds[this.idleEndAt];
    if (record !== undefined && record.position < position)
      throw new Divergence(`the replay did not idle at ${record.position}, where the recording did`, position);
    if (record?.position === position) {
      this.idleEndAt++;
      if (record.ns < nowNs || (deadlineNs !== undefined && record.ns > deadlineNs))
        throw new Divergence("the replay idles at another time than the recording", position);
      return { kind: "at", ns: record.ns };
    }
    if (deadlineNs === undefined)
      throw new Divergence("the replay idles for ever, where the recording did not", position);
    return { kind: "deadline" };
  }
}
