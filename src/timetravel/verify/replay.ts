import { hex } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import { Divergence } from "../divergence.ts";
import type { Host } from "../door/host.ts";
import type { History } from "../log/history.ts";
import type { Progress } from "../session/session.ts";
import { defaultLimits, Chronicle } from "../session/chronicle.ts";
import { Traveller } from "../motion/traveller.ts";

/** A history that is run again by one machine. */
export class Replay {
  readonly chronicle: Chronicle;
  private readonly traveller: Traveller;

  constructor(machine: Machine, history: History, host: Host, onProgress?: (progress: Progress) => void) {
    this.chronicle = new Chronicle(
      machine,
      history,
      defaultLimits,
      () => {},
      () => {},
    );
    const turn = (): void => {
      const progress = this.traveller.progress?.();
      if (progress) onProgress?.({ task: "verify", ...progress });
    };
    this.traveller = new Traveller(
      this.chronicle,
      host,
      turn,
      () => Infinity,
      async () => {},
    );
    this.chronicle.powerOn(this.chronicle.replayer);
  }

  /** Goes to a position; what it meets on the way that differs from the recording, or undefined. */
  async failure(position: number): Promise<Divergence | undefined> {
    try {
      const motion = await this.traveller.goTo(position);
      // A machine that is off stands still.
      const { machine } = this.chronicle;
      if (motion.kind === "position" || machine.position === position) return undefined;
      return new Divergence(`the replayed machine stops: ${motion.kind}`, machine.position + 1);
    } catch (error) {
      if (error instanceof Divergence) return error;
      throw error;
    }
  }

  /** Hash of the state at a position; of a replay that does not get there, why. */
  async hashAt(position: number): Promise<string> {
    const failure = await this.failure(position);
    if (failure && this.chronicle.machine.position !== position) return failure.message;
    this.chronicle.takeSnapshot();
    return hex(this.chronicle.stateHash());
  }
}
