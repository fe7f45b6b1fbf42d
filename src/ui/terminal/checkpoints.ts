import type { Terminal } from "@xterm/xterm";
import type { OutputHistory } from "./history.ts";
import { type KeptMark, LineMarks } from "./line-marks.ts";
import { type ScreenState, screenState } from "./screen-state.ts";

/** What a terminal shows once it has the first `count` bytes of a history, but for what was scrolled away. */
export interface Checkpoint {
  readonly count: number;
  readonly screen: ScreenState;
  readonly marks: readonly KeptMark[];
}

/** The history of one epoch, as a terminal of one size shows it. */
interface Run {
  readonly epoch: number;
  readonly columns: number;
  readonly rows: number;
  readonly checkpoints: Checkpoint[];
  /** Has the first `done` bytes. */
  offScreen: { readonly terminal: Terminal; readonly marks: LineMarks; done: number } | undefined;
}

/** Bytes from one checkpoint to the next; more where one would lie in the midst of an escape sequence. */
const spacing = 32 * 1024;
/** So much at once takes one or two milliseconds of the page's time. */
const pieceBytes = 8 * 1024;
const newline = 0x0a;
const escape = 0x1b;

/** Checkpoints of a history, made by a terminal off the screen while the history grows, some time behind it. */
export class Checkpoints {
  private run: Run = { epoch: -1, columns: 0, rows: 0, checkpoints: [], offScreen: undefined };
  private making = false;
  private columns = 0;
  private rows = 0;

  constructor(
    private readonly history: OutputHistory,
    private readonly makeTerminal: (columns: number, rows: number) => Terminal,
    /** Called when there is a new one. */
    private readonly made: () => void,
  ) {}

  /** The first one within `most` bytes before a count of bytes. */
  before(count: number, most: number): Checkpoint | undefined {
    const found = this.current().checkpoints.find((checkpoint) => checkpoint.count >= count - most);
    return found !== undefined && found.count <= count ? found : undefined;
  }

  /** Makes those that are missing, for a terminal of this size: those for another one are of no use. */
  async follow(columns: number, rows: number): Promise<void> {
    this.columns = columns;
    this.rows = rows;
    if (this.making) return;
    this.making = true;
    for (let more = true; more;) more = await this.advance(this.current());
    this.making = false;
  }

  /** Shows the next piece to the terminal off the screen. False where the history has none yet. */
  private async advance(run: Run): Promise<boolean> {
    const { columns, rows, checkpoints } = run;
    run.offScreen ??= this.begin(columns, rows);
    const { terminal, marks, done } = run.offScreen;
    if (this.history.length - done < pieceBytes) return false;
    const piece = this.history.slice(done, done + pieceBytes).slice();
    const bytes = piece.subarray(0, quietEnd(piece));
    await new Promise<void>((resolve) => marks.write(bytes, done, resolve));
    const count = (run.offScreen.done = done + bytes.length);
    if (run !== this.current() || count - (checkpoints.at(-1)?.count ?? 0) < spacing) return true;
    const screen = screenState(terminal);
    if (screen === undefined) return true;
    checkpoints.push({ count, screen, marks: marks.kept() });
    this.made();
    return true;
  }

  private begin(columns: number, rows: number): NonNullable<Run["offScreen"]> {
    const terminal = this.makeTerminal(columns, rows);
    return { terminal, marks: new LineMarks(terminal), done: 0 };
  }

  private current(): Run {
    const { run, columns, rows } = this;
    const { epoch } = this.history;
    if (run.epoch === epoch && run.columns === columns && run.rows === rows) return run;
    return (this.run = { epoch, columns, rows, checkpoints: [], offScreen: undefined });
  }
}

/** Where an escape sequence is complete or has not begun, as far as that is seen easily; else the end. */
function quietEnd(bytes: Uint8Array): number {
  const end = Math.max(bytes.lastIndexOf(newline) + 1, bytes.lastIndexOf(escape));
  return end > 0 ? end : bytes.length;
}
