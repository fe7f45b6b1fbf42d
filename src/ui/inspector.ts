import type { Inspection, MachineApi } from "../api/index.ts";
import type { Model } from "./model.ts";

/** Between two looks at a guest that runs. */
const runningMs = 500;

/** Reads the details of the present instant into the model: at once at rest, twice a second while the guest runs. */
export class Inspector {
  private busy = false;
  private again = false;
  private last = 0;
  /** Of a look at a guest that runs, which may come to rest before. */
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: MachineApi,
    private readonly model: Model,
    private readonly attempt: <T>(work: Promise<T>) => Promise<T | undefined>,
    private readonly changed: () => void,
  ) {}

  inspect(): void {
    const { model } = this;
    // On its way the machine is at no instant that anyone asked for.
    if (model.view.mode === "none" || model.travelling) return;
    if (this.busy && this.timer !== undefined && model.view.motion === "none") {
      clearTimeout(this.timer);
      return void this.inspectNow();
    }
    if (this.busy) {
      this.again = true;
      return;
    }
    const wait = model.view.motion === "none" ? 0 : this.last + runningMs - performance.now();
    this.busy = true;
    this.timer = setTimeout(() => void this.inspectNow(), Math.max(0, wait));
  }

  private async inspectNow(): Promise<void> {
    const { model } = this;
    this.again = false;
    this.timer = undefined;
    // While the guest runs its pc is anywhere: code that is to be read, and clicked at, holds still.
    const codeAddress = model.codeAddress ?? (model.view.motion === "run" ? model.codeCentre : undefined);
    const inspection = await this.attempt(
      this.api.inspect({
        codeAddress,
        codeScroll: model.codeAddress === undefined ? 0 : model.codeScroll,
        codeLines: model.codeLines,
        syntax: model.syntax,
        memoryAddress: model.memoryAddress,
        memoryBytes: 512,
      }),
    );
    this.last = performance.now();
    this.busy = false;
    if (inspection !== undefined) {
      // What held still may be gone: the kernel has turned its page tables on, or ended a process.
      const gone = inspection.code.every(({ bytes }) => bytes === "");
      model.codeCentre = gone ? undefined : (codeAddress ?? inspection.pc);
      this.show(inspection);
    }
    // The machine may have gone, and come, while the answer was on its way.
    const stale =
      model.view.motion === "none" && inspection !== undefined && inspection.position !== model.view.position;
    if (this.again || stale) this.inspect();
  }

  private show(inspection: Inspection): void {
    const { model } = this;
    const old = model.inspection;
    // While the guest runs nearly all of them change, which says nothing.
    if (model.view.motion === "run") model.before = new Map();
    else if (old !== undefined && old.position !== inspection.position)
      model.before = new Map(old.registers.map((r) => [r.name, r.value]));
    model.inspection = inspection;
    this.changed();
  }
}
