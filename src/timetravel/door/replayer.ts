import type { Door, IdleEnd, Input } from "../../hardware/index.ts";
import { Divergence } from "../divergence.ts";
import type { History } from "../log/history.ts";
import type { Consumed } from "../log/part.ts";

/** The door to the past: gives again what the log says, and insists that it is asked for at the same positions. */
export class Replayer implements Door {
  // The next record of each kind to be consumed: by number, or the first one from a position on.
  private entropyAt = 0;
  private realTimeAt = 0;
  private inputFrom = 0;
  private idleEndFrom = 0;
  /** Where the next one is; undefined until it is looked for, with the log in memory there. */
  private nextInputAt: number | undefined;
  private nextIdleEndAt: number | undefined;

  constructor(private readonly history: History) {}

  /** The machine stands at `position` now, having consumed so much. */
  moveTo(position: number, consumed: Consumed): void {
    this.entropyAt = consumed.entropy;
    this.realTimeAt = consumed.realTimes;
    this.from(position, position + 1);
  }

  /** The machine is about to be powered on. */
  rewind(): void {
    this.entropyAt = this.realTimeAt = 0;
    this.from(0, 0);
  }

  private from(input: number, idleEnd: number): void {
    this.inputFrom = input;
    this.idleEndFrom = idleEnd;
    this.nextInputAt = this.nextIdleEndAt = undefined;
  }

  /**
   * The machine is about to run from `position` on, from where the log is in memory. Where there was no next one, the log may
   * have grown since.
   */
  look(position: number): void {
    const { blocks } = this.history;
    if ((this.nextInputAt ?? Infinity) === Infinity) {
      this.inputFrom = Math.max(this.inputFrom, position);
      this.nextInputAt = blocks.next("inputs", this.inputFrom);
    }
    if ((this.nextIdleEndAt ?? Infinity) === Infinity) {
      this.idleEndFrom = Math.max(this.idleEndFrom, position);
      this.nextIdleEndAt = blocks.next("idleEnds", this.idleEndFrom);
    }
  }

  get consumed(): Consumed {
    return { entropy: this.entropyAt, realTimes: this.realTimeAt };
  }

  entropy(position: number, length: number): Uint8Array {
    const bytes = this.history.blocks.consumedAt("entropy", this.entropyAt++, position)?.bytes;
    if (bytes?.length !== length)
      throw new Divergence(`the replay asks for ${length} bytes of entropy, which the recording did not`, position);
    return bytes;
  }

  realTime(position: number): number {
    const seconds = this.history.blocks.consumedAt("realTimes", this.realTimeAt++, position)?.seconds;
    if (seconds === undefined)
      throw new Divergence("the replay asks for the real time, which the recording did not", position);
    return seconds;
  }

  nextInput(position: number): number {
    const next = (this.nextInputAt ??= this.history.blocks.next("inputs", this.inputFrom));
    if (next < position) throw new Divergence(`the replay passed the input at ${next}`, position);
    return next;
  }

  takeInputs(position: number): readonly Input[] {
    if (this.nextInput(position) !== position) return [];
    this.inputFrom = position + 1;
    this.nextInputAt = this.history.blocks.next("inputs", this.inputFrom);
    return this.history.inputsAt(position).map(({ input }) => input);
  }

  idle(position: number, nowNs: number, deadlineNs: number | undefined): IdleEnd {
    const next = (this.nextIdleEndAt ??= this.history.blocks.next("idleEnds", this.idleEndFrom));
    if (next < position) throw new Divergence(`the replay did not idle at ${next}, where the recording did`, position);
    if (next === position) {
      const { ns } = this.history.blocks.at("idleEnds", position)[0]!;
      this.idleEndFrom = position + 1;
      this.nextIdleEndAt = this.history.blocks.next("idleEnds", this.idleEndFrom);
      if (ns < nowNs || (deadlineNs !== undefined && ns > deadlineNs))
        throw new Divergence("the replay idles at another time than the recording", position);
      return { kind: "at", ns };
    }
    if (deadlineNs === undefined)
      throw new Divergence("the replay idles for ever, where the recording did not", position);
    return { kind: "deadline" };
  }
}
