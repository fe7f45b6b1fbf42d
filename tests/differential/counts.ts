/** How many random cases there are of each handler (row and split) in `npm test`, and of each row in `npm run soak`. */
export const CASES_PER_HANDLER = 200;
export const SOAK_CASES_PER_ROW = 100_000;
/** In the soak, so many of them in turn are of the same instruction word, in other states. */
export const CASES_PER_WORD = 4;
/** What is translated, to be executed beside the interpreter, runs from so many states. */
export const STATES_PER_TRANSLATION = { test: 100, soak: 64 } as const;
/** Words that are decoded beside LLVM, by row and over all, in `npm test` and in `npm run soak`. */
export const LLVM_WORDS = { test: { row: 100, systematic: 1 }, soak: { row: 4_000, systematic: 32 } } as const;
/** Programs of several blocks, translated beside interpreted. */
export const BLOCK_PROGRAMS = { test: 60, soak: 20_000 } as const;
