import type { Kind } from "./kind.ts";
import type { Ours } from "./ours.ts";
import { History, report } from "./report.ts";
import { differing } from "./registers.ts";

export interface TraceResult {
  readonly steps: number;
  /** Counter readings that were taken over from QEMU. */
  readonly followed: number;
  /** What differs first; undefined when nothing does. */
  readonly difference: string | undefined;
}

/** Compares state by state: QEMU's dumps, each before an instruction, with ours. */
export async function compareTrace(
  { dumps: parserOf, registers: { pc } }: Kind,
  ours: Ours,
  dumps: AsyncIterable<Buffer>,
  steps: number,
  onProgress: (steps: number) => void,
): Promise<TraceResult> {
  const parser = parserOf();
  const history = new History(ours);
  const actual = ours.newState();
  const previous = ours.newState();
  let compared = 0;
  let followed = 0;
  let difference: string | undefined;

  const compare = (expected: BigUint64Array): boolean => {
    ours.read(actual);
    let wrong = differing(expected, actual);
    if (wrong.length > 0 && compared > 0) {
      // An instruction that QEMU began anew (a device access) is dumped twice.
      if (differing(expected, previous).length === 0) return true;
      // An interrupt is a step of ours, and none of QEMU's.
      if (expected[pc] !== actual[pc] && ours.step()) wrong = differing(expected, ours.read(actual));
      if (wrong.length === 1 && wrong[0] === ours.timeReadBy?.(previous[pc]!)) {
        ours.setRegister?.(wrong[0]!, expected[wrong[0]!]!);
        followed++;
        wrong = [];
      }
    }
    if (wrong.length > 0) {
      difference = report(history, expected, actual, wrong);
      return false;
    }
    previous.set(expected);
    history.add(expected[pc]!);
    if (!ours.step()) return false;
    if (++compared % 100_000 === 0) onProgress(compared);
    return compared < steps;
  };

  for await (const chunk of dumps) if (!parser.push(chunk, compare)) break;
  return { steps: compared, followed, difference };
}
