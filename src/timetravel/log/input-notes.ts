import type { LoggedInput } from "../session/session.ts";

/** More than a chronicle has room for. */
const most = 2 ** 15;
/** No line is longer on a mark. */
const mostBytes = 256;

/** What the inputs of a history were, for its marks: of very many every other one goes, and long ones are cut short. */
export class InputNotes {
  all: LoggedInput[] = [];

  add({ position, input }: LoggedInput): void {
    const long = "bytes" in input && input.bytes.length > mostBytes;
    // Of an edit a mark says that it was one.
    const kept = input.kind === "arrival" ? mostBytes : 0;
    this.all.push({ position, input: long ? { ...input, bytes: input.bytes.slice(0, kept) } : input });
    if (this.all.length > most) this.all = this.all.filter((_, at) => at % 2 === 0);
  }

  /** Those before `position`. */
  before(position: number): InputNotes {
    const notes = new InputNotes();
    notes.all = this.all.filter((one) => one.position < position);
    return notes;
  }
}
