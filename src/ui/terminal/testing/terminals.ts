import { Terminal } from "@xterm/xterm";
import type { LineMarks } from "../line-marks.ts";
import { type ScreenState, screenState } from "../screen-state.ts";

/** A terminal that nobody sees. */
export const makeTerminal = (cols: number, rows: number, scrollback = 0): Terminal =>
  new Terminal({ cols, rows, scrollback, allowProposedApi: true });

export const written = (terminal: Terminal, data: string | Uint8Array): Promise<void> =>
  new Promise((resolve) => terminal.write(data, resolve));

/** All of the screens, as `screenState`, and the last rows above them. In words, where that is possible. */
export function contents(terminal: Terminal, above = 0): object {
  const state: Partial<ScreenState> = screenState(terminal) ?? {};
  const { normal, active } = terminal.buffer;
  return { ...state, text: [rows(normal, above), active === normal ? [] : rows(active, 0)] };
}

/** The text of each row that has a mark, and how far the history was printed there. */
export function markedRows(terminal: Terminal, marks: LineMarks): readonly (readonly [string, number])[] {
  const { baseY } = terminal.buffer.normal;
  return marks.kept().map(({ row, end }) => [marks.textAt(baseY + row), end]);
}

function rows(buffer: Terminal["buffer"]["normal"], above: number): readonly string[] {
  const first = Math.max(0, buffer.baseY - above);
  return Array.from({ length: buffer.length - first }, (_, i) => buffer.getLine(first + i)!.translateToString());
}
