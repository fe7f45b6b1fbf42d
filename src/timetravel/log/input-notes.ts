import { isArrival } from "../../hardware/index.ts";
import type { LoggedInput } from "../session/session.ts";

/** More than a timeline has room for. */
const most = 2 ** 15;
/** No line is longer on a mark. */
const mostBytes = 256;
const newline = 10;
const carriageReturn = 13;

/** What the inputs of a history were, for its marks: of very many every other line goes, and long ones are cut short. */
export class InputNotes {
  all: LoggedInput[] = [];

  add({ position, input }: LoggedInput): void {
    const long = "bytes" in input && input.bytes.length > mostBytes;
    // Of an edit a mark says that it was one.
    const kept = input.kind === "arrival" ? mostBytes : 0;
    this.all.push({ position, input: long ? { ...input, bytes: input.bytes.slice(0, kept) } : input });
    if (this.all.length > most) this.all = everyOtherLine(this.all);
  }

  /** Those before `position`. */
  before(position: number): InputNotes {
    const notes = new InputNotes();
    notes.all = this.all.filter((one) => one.position < position);
    return notes;
  }
}

/** Keys make a line together, as they do on a mark. */
function everyOtherLine(inputs: readonly LoggedInput[]): LoggedInput[] {
  let [line, keys] = [0, 0];
  return inputs.filter(({ input }) => {
    const kept = line % 2 === 0;
    const last = isArrival(input) && "bytes" in input ? input.bytes.at(-1) : newline;
    if (last === newline || last === carriageReturn || ++keys === mostBytes) [line, keys] = [line + 1, 0];
    return kept;
  });
}
