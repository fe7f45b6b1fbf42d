import fc from "fast-check";

const number = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
const csi = (final: string, ...most: readonly number[]): fc.Arbitrary<string> =>
  fc.tuple(...most.map(number)).map((values) => `\x1b[${values.join(";")}${final}`);
const modes = ["1", "6", "7", "25", "45", "47", "1000", "1006", "1047", "1049", "2004"];
const attributes = ["0", "1", "2", "3", "4", "4:3", "7", "22", "24", "27", "31", "39", "44", "49", "92", "103"];

/** What programs send to a terminal of this size. */
export function terminalOutput(columns: number, rows: number): fc.Arbitrary<string> {
  const word = fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replace(/[^ -~]/g, "x"));
  return fc.oneof(
    { weight: 6, arbitrary: word },
    { weight: 4, arbitrary: fc.constantFrom("\r\n", "\n", "\r", "\t", "\b") },
    { weight: 3, arbitrary: fc.constantFrom(...attributes).map((attribute) => `\x1b[${attribute}m`) },
    fc.constantFrom("\x1b[38;5;200m", "\x1b[48;2;1;2;3m", "\x1b[58;5;3m"),
    fc.constantFrom("é", "e\u0301", "漢字", "🙂", "\x1b]0;title\x07"),
    fc.constantFrom("\x0e", "\x0f", "\x1b(0", "\x1b(B", "\x1b)0"),
    fc.constantFrom("\x1b7", "\x1b8", "\x1bM", "\x1bD", "\x1bH", "\x1b=", "\x1b>", "\x1bc", "\x1b[s", "\x1b[u"),
    fc.constantFrom("\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[3J", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[r", "\x1b[3g"),
    fc.constantFrom("\x1b[4h", "\x1b[4l", "\x1b[20h", "\x1b[20l", "\x1b[5b", "\x1b[3 q", "\x1b[!p"),
    fc.constantFrom(...modes.flatMap((mode) => [`\x1b[?${mode}h`, `\x1b[?${mode}l`])),
    csi("r", rows, rows),
    csi("H", rows, columns),
    ...["A", "B", "C", "D", "L", "M", "P", "@", "S", "T", "X"].map((final) => csi(final, 4)),
  );
}
