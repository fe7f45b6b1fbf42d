import type { Insn86 } from "../../src/isa/x86/insn.ts";
import type { Case } from "./case.ts";
import { difference } from "./compare.ts";
import { FpuImages } from "./fpu-image.ts";
import { arenaOf, makeCase, type Subject, subjects } from "./generate.ts";
import { Native } from "./native.ts";
import { OurCases } from "./ours.ts";
import { Random } from "./random.ts";

/** Cases that are in memory at a time. */
const BATCH = 2000;
/** A host that is itself a guest may show faults that come from its own host: what differs is run so often again. */
const AGAIN = 3;

export interface RowSubjects {
  readonly row: Insn86;
  readonly subjects: readonly Subject[];
}

/** All that user level has, by rows. */
export function subjectsByRow(): RowSubjects[] {
  const found = new Map<Insn86, Subject[]>();
  for (const subject of subjects()) {
    const own = found.get(subject.row);
    if (own) own.push(subject);
    else found.set(subject.row, [subject]);
  }
  return [...found].map(([row, own]) => ({ row, subjects: own }));
}

export interface DrawnCase {
  readonly subject: Subject;
  readonly one: Case;
}

/** So many cases of each subject, in batches: the same for the same seed. */
export function* drawCases(of: readonly Subject[], each: number, seed: number): Generator<DrawnCase[]> {
  const random = new Random(seed);
  const images = new FpuImages(random);
  let batch: DrawnCase[] = [];
  for (const subject of of)
    for (let n = 0; n < each; n++) {
      batch.push({ subject, one: makeCase(subject, random, images) });
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  if (batch.length > 0) yield batch;
}

/** Single instructions, interpreted, beside the reference processor. */
export class RowCheck {
  private readonly arena: Uint8Array;
  private readonly ours: OurCases;
  private readonly native = new Native();

  constructor(interpreter: WebAssembly.Module, seed: number) {
    this.arena = arenaOf(seed);
    this.ours = new OurCases(interpreter, this.arena);
  }

  close(): void {
    this.native.close();
  }

  /** How many cases there were, and those that differ. */
  run(of: readonly Subject[], each: number, seed: number): { cases: number; failures: string[] } {
    let cases = 0;
    const failures: string[] = [];
    for (const batch of drawCases(of, each, seed)) {
      cases += batch.length;
      let left: DrawnCase[] = batch;
      for (let round = 0; round <= AGAIN && left.length > 0; round++) {
        const found = this.different(left);
        if (round === AGAIN) failures.push(...found.map(({ text }) => text));
        left = found;
      }
    }
    return { cases, failures };
  }

  private different(batch: readonly DrawnCase[]): (DrawnCase & { readonly text: string })[] {
    const { arena, native, ours } = this;
    const theirs = native.run(
      arena,
      batch.map(({ one }) => one),
    );
    return batch.flatMap(({ subject, one }, n) => {
      const text = difference(subject, one, ours.run(one), theirs[n]!);
      return text === undefined ? [] : [{ subject, one, text }];
    });
  }
}
