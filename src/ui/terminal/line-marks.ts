import type { IMarker, Terminal } from "@xterm/xterm";

const newline = 10;
/** Each costs time for every line that a full scrollback drops: older lines have none. */
const mostMarks = 1000;

/** A row of the terminal, and the last byte of the history that was printed there. */
export interface LineMark {
  readonly row: IMarker;
  end: number;
}

/** A mark by the row of the screen. */
export interface KeptMark {
  readonly row: number;
  readonly end: number;
}

/**
 * Which byte of the history completed which of the latest lines of the terminal. Lines are marked as they are written, so whatever
 * moves them (scrolling, a resize) takes the marks along, and whatever erases them removes the marks.
 */
export class LineMarks {
  /** In the order of writing. */
  private marks: LineMark[] = [];

  constructor(private readonly terminal: Terminal) {
    const { parser } = terminal;
    parser.registerEscHandler({ final: "c" }, () => {
      this.clear();
      return false;
    });
    parser.registerCsiHandler({ final: "J" }, ([how]) => {
      this.erased(how === undefined || typeof how === "object" ? 0 : how);
      return false;
    });
  }

  /** Writes bytes of the history from `from` on, piece by piece: a line is marked where its newline is about to come. */
  write(bytes: Uint8Array, from: number, done: () => void): void {
    for (let start = 0; start < bytes.length;) {
      const to = lineEnd(bytes, start);
      const piece = bytes.subarray(start, to);
      this.terminal.write(piece, () => {
        this.mark(from + to - 1);
        if (to === bytes.length) done();
      });
      start = to;
    }
    if (bytes.length === 0) this.terminal.write("", done);
  }

  /** The mark of the line that has row `y` of the buffer, a wrapped one having several. */
  at(y: number): LineMark | undefined {
    const { active } = this.terminal.buffer;
    if (active.type !== "normal" || this.textAt(y).trim() === "") return undefined;
    let row = y;
    while (active.getLine(row + 1)?.isWrapped) row++;
    return this.marks.findLast((mark) => mark.row.line === row);
  }

  /** The marked line next to row `y`, above (-1) or below (1) it. */
  beside(y: number, direction: -1 | 1): LineMark | undefined {
    let best: LineMark | undefined;
    for (const mark of this.marks) {
      const { line } = mark.row;
      if (line < 0 || (line - y) * direction <= 0 || this.textAt(line).trim() === "") continue;
      if (best === undefined || (line - best.row.line) * direction <= 0) best = mark;
    }
    return best;
  }

  /** The marks of the normal screen. */
  kept(): readonly KeptMark[] {
    const { baseY } = this.terminal.buffer.normal;
    return this.marks.map(({ row, end }) => ({ row: row.line - baseY, end })).filter(({ row }) => row >= 0);
  }

  /** Call while the terminal is clear: lines with these marks are about to be put there. */
  restore(kept: readonly KeptMark[]): void {
    for (const { row, end } of kept) this.marks.push({ row: this.terminal.registerMarker(row), end });
  }

  textAt(y: number): string {
    return this.terminal.buffer.active.getLine(y)?.translateToString(true) ?? "";
  }

  private mark(end: number): void {
    const { active } = this.terminal.buffer;
    if (active.type !== "normal") return;
    const last = this.marks.at(-1);
    // A line that grows, as a prompt does by what is typed.
    if (last !== undefined && last.row.line === active.baseY + active.cursorY) {
      last.end = end;
      return;
    }
    if (this.marks.length >= mostMarks) this.marks.shift()!.row.dispose();
    this.marks.push({ row: this.terminal.registerMarker(0), end });
  }

  /** `how`: the parameter of Erase in Display. */
  private erased(how: number): void {
    const { active } = this.terminal.buffer;
    if (active.type !== "normal" || how > 2) return;
    const cursor = active.baseY + active.cursorY;
    const from = how === 0 ? cursor + (active.cursorX > 0 ? 1 : 0) : active.baseY;
    const to = how === 1 ? cursor : Infinity;
    this.remove(({ row: { line } }) => line >= from && line < to);
  }

  private clear(): void {
    this.remove(() => true);
  }

  private remove(which: (mark: LineMark) => boolean): void {
    const kept: LineMark[] = [];
    for (const mark of this.marks) {
      if (which(mark)) mark.row.dispose();
      else kept.push(mark);
    }
    this.marks = kept;
  }
}

/** Where the piece that begins at `start` ends: before the first newline that follows something printed. */
function lineEnd(bytes: Uint8Array, start: number): number {
  let printed = false;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === newline && printed) return at;
    printed ||= byte > 32;
  }
  return bytes.length;
}
