import { DumpParser } from "./dump.ts";
import type { Ours } from "./ours.ts";
import { History, report } from "./report.ts";
import { differing, newState, PC } from "./state.ts";

/** MRS of CNTPCT_EL0 or CNTVCT_EL0: a tick may fall between the two machines' readings. */
const readsCounter = (word: number): boolean => [0xd53be020, 0xd53be040].includes((word & 0xffffffe0) >>> 0);

export interface TraceResult {
  readonly steps: number;
  /** Counter readings that were taken over from QEMU. */
  readonly followed: number;
  /** What differs first; undefined when nothing does. */
  readonly difference: string | undefined;
}

/** Compares state by state: QEMU's dumps, each before an instruction, with ours. */
export async function compareTrace(
  ours: Ours,
  dumps: AsyncIterable<Buffer>,
  steps: number,
  onProgress: (steps: number) => void,
): Promise<TraceResult> {
  const parser = new DumpParser();
  const history = new History(ours);
  const actual = newState();
  const previous = newState();
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
      if (expected[PC] !== actual[PC] && ours.step()) wrong = differing(expected, ours.read(actual));
      const last = ours.instruction(previous[PC]!).word;
      if (wrong.length === 1 && wrong[0] === (last & 31) && readsCounter(last)) {
        ours.setRegister(wrong[0], expected[wrong[0]]!);
        followed++;
        wrong = [];
      }
    }
    if (wrong.length > 0) {
      difference = report(history, expected, actual, wrong);
      return false;
    }
    previous.set(expected);
    history.add(expected[PC]!);
    if (!ours.step()) return false;
    if (++compared % 100_000 === 0) onProgress(compared);
    return compared < steps;
  };

  for await (const chunk of dumps) if (!parser.push(chunk, compare)) break;
  return { steps: compared, followed, difference };
}
