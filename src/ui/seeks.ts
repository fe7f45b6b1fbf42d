import type { MachineApi } from "../api/index.ts";
import type { Model } from "./model.ts";

/** One seek is on its way at a time; of those asked for meanwhile only the last is made. */
export class Seeks {
  private wanted: number | undefined;
  /** The machine is on its way for us. */
  active = false;
  /** Seeks asked for so far, and the end of those that are on their way. */
  private asked = 0;
  private arrival: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly api: MachineApi,
    private readonly model: Model,
    private readonly changed: () => void,
  ) {}

  /** Rejects with what the machine says, where it does not wait for a seek before. */
  async request(position: number): Promise<void> {
    this.wanted = position;
    this.asked++;
    if (!this.active) await (this.arrival = this.make());
  }

  /** Makes a motion that counts from where the last seek goes, though that was not asked of the machine yet. */
  async after(move: () => Promise<void>): Promise<void> {
    const { asked } = this;
    if (this.active) await this.arrival.catch(() => undefined);
    // Another seek has overtaken it.
    if (asked === this.asked) await move();
  }

  /** The one that waits for its turn is not wanted any more. */
  forget(): void {
    this.wanted = undefined;
  }

  private async make(): Promise<void> {
    const { model } = this;
    this.active = true;
    try {
      while (this.wanted !== undefined) {
        const target = this.wanted;
        this.wanted = undefined;
        // Also to where the view has it: it may not know of the latest step yet.
        await this.api.seek(target);
        if (!model.dragging && this.wanted === undefined && model.cursor === target) model.cursor = undefined;
      }
    } finally {
      this.active = false;
      if (!model.dragging) model.cursor = undefined;
      this.changed();
    }
  }
}
