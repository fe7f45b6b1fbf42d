import fc from "fast-check";

/** Of a failing walk, the time that looking for a shorter one may take. */
const shrinkMs = 30_000;

/**
 * A walk of exactly so many moves, which is shortened to any length when it fails. (An array of fast-check has either a
 * random length or one that does not shrink.)
 */
class Walk<Move> extends fc.Arbitrary<Move[]> {
  private readonly whole: fc.Arbitrary<Move[]>;
  private readonly part: fc.Arbitrary<Move[]>;

  constructor(move: fc.Arbitrary<Move>, length: number) {
    super();
    this.whole = fc.noBias(fc.array(move, { minLength: length, maxLength: length }));
    this.part = fc.array(move, { maxLength: length, size: "max" });
  }

  generate(random: fc.Random): fc.Value<Move[]> {
    const moves = this.whole.generate(random, undefined);
    return new fc.Value(moves.value, undefined);
  }
  canShrinkWithoutContext(value: unknown): value is Move[] {
    return this.part.canShrinkWithoutContext(value);
  }
  shrink(moves: Move[], context: unknown): fc.Stream<fc.Value<Move[]>> {
    return this.part.shrink(moves, context);
  }
}

export interface WalkOptions {
  readonly seed: number;
  readonly length: number;
}

/**
 * Makes one random walk. Where it fails, it is tried again with fewer and simpler moves, each time from the start: `walk`
 * makes all that it walks on anew. The error has the seed, the shortest walk that fails, and how.
 */
export async function walkAtRandom<Move>(
  move: fc.Arbitrary<Move>,
  { seed, length }: WalkOptions,
  walk: (moves: readonly Move[]) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(new Walk(move, length), walk);
  await fc.assert(property, { seed, numRuns: 1, interruptAfterTimeLimit: shrinkMs, includeErrorInReport: true });
}

/** A number of which a move makes one in the range that it can use. */
export const anyNumber: fc.Arbitrary<number> = fc.nat();

/** From `from` to `to`, both included. */
export function between(number: number, from: number, to: number): number {
  return from + (number % (to - from + 1));
}

/** Once in so many moves; not at all in the simplest. */
export function once(inMoves: number): fc.Arbitrary<boolean> {
  return fc.nat(inMoves - 1).map(
    (number) => number === inMoves - 1,
    (value) => (value === true ? inMoves - 1 : 0),
  );
}
