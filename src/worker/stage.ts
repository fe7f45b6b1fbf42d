import { type Disposable, UserError } from "../base/index.ts";

export interface StageEvents {
  /** What is shown is about to go; nothing is shown any more. */
  leaving(): void;
  /** Another machine is shown, or none. */
  changed(): void;
}

/** The machine that the page shows, one at a time, and the recording that it makes or replays. */
export class Stage<Machine extends { dispose(): Promise<void> }, Recording extends Disposable> {
  private shown: { readonly machine: Machine; readonly recording: Recording } | undefined;
  /** Held until the machine that wrote it is gone. */
  private held: Recording | undefined;

  constructor(private readonly events: StageEvents) {}

  get machine(): Machine | undefined {
    return this.shown?.machine;
  }
  get recording(): Recording | undefined {
    return this.held;
  }

  current(): Machine {
    if (this.shown === undefined) throw new UserError("no machine is open");
    return this.shown.machine;
  }

  /** The old machine goes first: each has a guest's memory. */
  async clear(): Promise<void> {
    const before = this.shown;
    // From here on a debugger that connects finds no machine, rather than one that goes.
    this.shown = undefined;
    this.events.leaving();
    try {
      await before?.machine.dispose();
    } finally {
      this.held?.dispose();
      this.held = undefined;
    }
    this.events.changed();
  }

  async show(machine: Machine, recording: Recording): Promise<void> {
    await this.clear();
    this.shown = { machine, recording };
    this.held = recording;
    this.events.changed();
  }

  /** Does what is to end in showing a recording, and lets go of it else. */
  async unlessShown(recording: Recording, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      if (this.held !== recording) recording.dispose();
    }
  }
}
