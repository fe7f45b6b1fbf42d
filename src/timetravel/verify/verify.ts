import { hex, sha256Hex } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import { checkSemantics } from "../session/factories.ts";
import type { Host } from "../door/host.ts";
import type { History } from "../log/history.ts";
import type { Recording } from "../log/reader.ts";
import { Replay } from "./replay.ts";
import type { Progress } from "../session/session.ts";
import { firstDifference, type Difference } from "./state-difference.ts";

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
  const { history } = recording;
  while (history.growth) await history.growth;
  checkSemantics(recording);
  await history.blocks.load(0, 1);
  const tested = new Replay(machine(), history, host, onProgress);
  const failure = await tested.failure(history.end);
  if (!failure) return { kind: "equal", end: history.end, ...(await chainOf(history)) };
  const bad = failure.position;
  const good = tested.chronicle.lastHashed(bad - 1);
  const reference = new Replay(options.reference(), history, host, onProgress);
  const agrees = (await reference.failure(bad)) === undefined;
  const step = await firstDifference(tested, reference, good, agrees ? bad : bad - 1);
  const verdict = agrees ? "agrees with the recording" : step ? "differs in another way" : "differs in the same way";
  return { kind: "different", good, bad, message: failure.message, reference: verdict, step };
}

/** Each link is SHA-256 of the one before, a position and its hash, as text. */
async function chainOf(history: History): Promise<{ hashes: number; chain: string }> {
  const encoder = new TextEncoder();
  let [hashes, chain] = [0, "0".repeat(32)];
  for await (const { position, hash } of history.blocks.everyHash()) {
    chain = sha256Hex(encoder.encode(`${chain} ${position} ${hex(hash)}`)).slice(0, 32);
    hashes++;
  }
  return { hashes, chain };
}
