import type { Terminal } from "@xterm/xterm";
import { type Checkpoint, Checkpoints } from "./checkpoints.ts";
import type { OutputHistory } from "./history.ts";
import { LineMarks } from "./line-marks.ts";
import { clearScreen, restoreScreen } from "./screen-state.ts";

/** A redraw writes at most this many bytes of the history, so that it fits in a frame. */
const windowBytes = 96 * 1024;

/** Shows in a terminal what a history's first bytes show, for any count of them. */
export class Drawing {
  readonly marks: LineMarks;
  private readonly checkpoints: Checkpoints;
  /** The terminal has the bytes before `shown` of this epoch of the history. */
  private shown = 0;
  private shownEpoch = -1;
  private knowsAll = true;
  private wanted = 0;
  private writing = false;

  constructor(
    private readonly terminal: Terminal,
    private readonly history: OutputHistory,
    makeTerminal: (columns: number, rows: number) => Terminal,
    /** Bytes have been written; `printed`: after those shown, and not to redraw another instant. */
    private readonly wrote: (bytes: Uint8Array, printed: boolean) => void,
  ) {
    this.marks = new LineMarks(terminal);
    this.checkpoints = new Checkpoints(history, makeTerminal, () => this.pump());
    // What xterm makes of a screen at another size is not what the output makes there: margins go, and rows of an editor.
    terminal.onResize(() => {
      this.shownEpoch = -1;
      this.show(this.wanted);
    });
  }

  /** The terminal has all that it is to show. */
  get settled(): boolean {
    return !this.writing && this.shown === this.wanted;
  }

  /** It shows them as if they were all that was ever written; else for now as if the first of them had not been. */
  get exact(): boolean {
    return this.knowsAll;
  }

  /** The terminal shows the history, and not one before. */
  get current(): boolean {
    return this.shownEpoch === this.history.epoch;
  }

  /** Shows the first `count` bytes of the history. Cheap when it only grew. */
  show(count: number): void {
    this.wanted = count;
    if (this.history.length > windowBytes) void this.checkpoints.follow(this.terminal.cols, this.terminal.rows);
    this.pump();
  }

  private pump(): void {
    if (this.writing) return;
    const { wanted, shown } = this;
    const checkpoint = this.checkpoints.before(wanted, windowBytes);
    const better = !this.knowsAll && checkpoint !== undefined;
    if (this.current && shown === wanted && !better) return;
    const forward = this.current && !better && wanted >= shown && wanted - shown <= windowBytes;
    const from = forward ? shown : this.restart(checkpoint);
    const bytes = this.history.slice(from, wanted);
    this.shown = wanted;
    this.writing = true;
    this.marks.write(bytes.slice(), from, () => {
      this.writing = false;
      this.wrote(bytes, forward);
      this.pump();
    });
  }

  /** Begins to redraw what is wanted. Returns how many bytes of the history the terminal has then. */
  private restart(checkpoint: Checkpoint | undefined): number {
    const { terminal, history, wanted } = this;
    this.shownEpoch = history.epoch;
    this.knowsAll = true;
    if (checkpoint !== undefined) {
      restoreScreen(terminal, checkpoint.screen, () => this.marks.restore(checkpoint.marks));
      return checkpoint.count;
    }
    clearScreen(terminal);
    if (wanted <= windowBytes) return 0;
    this.knowsAll = false;
    return history.lineStartAfter(wanted - windowBytes);
  }
}
