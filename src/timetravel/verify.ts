import { hex, sha256Hex } from "../base/index.ts";
import type { Machine } from "../machine/index.ts";
import { Divergence } from "./divergence.ts";
import { checkSemantics } from "./factories.ts";
import type { Host } from "./host.ts";
import type { History } from "./log/history.ts";
import type { Recording } from "./log/reader.ts";
import type { Progress } from "./session.ts";
import { firstDifference, type Difference } from "./state-difference.ts";
import { defaultLimits, Timeline } from "./timeline.ts";
import { Traveller } from "./traveller.ts";

export interface VerifyOptions {
  readonly recording: Recording;
  readonly host: Host;
  /** The machine whose replay is to be checked, at power-on. */
  readonly machine: () => Machine;
  /** One to compare it with, step by step, where the replay differs: another engine, or the same with other caches. */
  readonly reference: () => Machine;
  readonly onProgress?: (progress: Progress) => void;
}

export type Verdict =
  /** `chain`: over all hashes, each with its position, so that two hosts compare a whole history by one number. */
  | { readonly kind: "equal"; readonly end: number; readonly hashes: number; readonly chain: string }
  | {
      readonly kind: "different";
      /** The replay is right at `good` and wrong at `bad`: the first interval that differs. */
      readonly good: number;
      readonly bad: number;
      readonly message: string;
      /** Who else differs from the recording: nobody, or the reference in the same way, or in another. */
      readonly reference: "agrees with the recording" | "differs in the same way" | "differs in another way";
      /** The step after which replay and reference differ for the first time. */
      readonly step: Difference | undefined;
    };

/** Replays a recording from power-on to its end and checks every hash; where one differs, finds the step. */
export async function verifyRecording(options: VerifyOptions): Promise<Verdict> {
  const { recording, host, machine, onProgress } = options;
  checkSemantics(recording);
  const { history } = recording;
  const tested = new Replay(machine(), history, host, onProgress);
  const failure = await tested.failure(history.end);
  if (!failure) return { kind: "equal", end: history.end, hashes: history.hashes.length, chain: chainOf(history) };
  const bad = failure.position;
  const good = tested.timeline.lastHashed(bad - 1);
  const reference = new Replay(options.reference(), history, host, onProgress);
  const agrees = (await reference.failure(bad)) === undefined;
  const step = await firstDifference(tested, reference, good, agrees ? bad : bad - 1);
  const verdict = agrees ? "agrees with the recording" : step ? "differs in another way" : "differs in the same way";
  return { kind: "different", good, bad, message: failure.message, reference: verdict, step };
}

/** A history that is run again by one machine. */
export class Replay {
  readonly timeline: Timeline;
  private readonly traveller: Traveller;

  constructor(machine: Machine, history: History, host: Host, onProgress: VerifyOptions["onProgress"]) {
    this.timeline = new Timeline(
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
      this.timeline,
      host,
      turn,
      () => Infinity,
      async () => {},
    );
    this.timeline.powerOn(this.timeline.replayer);
  }

  /** Goes to a position; what it meets on the way that differs from the recording, or undefined. */
  async failure(position: number): Promise<Divergence | undefined> {
    try {
      const motion = await this.traveller.goTo(position);
      // A machine that is off stands still.
      const { machine } = this.timeline;
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
    if (failure && this.timeline.machine.position !== position) return failure.message;
    this.timeline.takeSnapshot();
    return hex(this.timeline.stateHash());
  }
}

/** Each link is SHA-256 of the one before, a position and its hash, as text. */
function chainOf({ hashes }: History): string {
  const encoder = new TextEncoder();
  return hashes.reduce(
    (link, { position, hash }) => sha256Hex(encoder.encode(`${link} ${position} ${hex(hash)}`)).slice(0, 32),
    "0".repeat(32),
  );
}
