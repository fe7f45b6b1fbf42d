import type { Terminal } from "@xterm/xterm";

interface Line {
  clone(): Line;
  copyFrom(line: Line): void;
}

interface Attributes {
  clone(): Attributes;
}

/** What else belongs to a screen. Columns and rows from 0. */
interface Place {
  x: number;
  y: number;
  scrollTop: number;
  scrollBottom: number;
  tabs: Record<number, boolean | undefined>;
  savedX: number;
  savedY: number;
  savedCharset: object | undefined;
  savedCurAttrData: Attributes;
}

interface Buffer extends Place {
  readonly lines: { get(index: number): Line | undefined };
  /** Rows above the screen. */
  readonly ybase: number;
}

/** The part of xterm.js 6 that its API does not show. Its add-ons reach for it in the same way. */
interface Core {
  readonly buffers: { readonly normal: Buffer; readonly alt: Buffer };
  readonly coreService: { modes: object; decPrivateModes: object; isCursorHidden: boolean };
  readonly coreMouseService: { activeProtocol: string; activeEncoding: string };
  readonly _charsetService: { _charsets: readonly (object | undefined)[]; glevel: number; charset: object | undefined };
  readonly _inputHandler: {
    _curAttrData: Attributes;
    readonly _parser: { readonly currentState: number; precedingJoinState: number };
    readonly _utf8Decoder: { readonly interim: Uint8Array };
  };
}

interface Screen {
  readonly lines: readonly Line[];
  readonly place: Place;
}

/** The screens of a terminal, without what was scrolled away, and all that decides what the next output does to them. */
export interface ScreenState {
  readonly columns: number;
  readonly rows: number;
  readonly normal: Screen;
  readonly alternate: Screen;
  readonly shown: "normal" | "alternate";
  readonly attributes: Attributes;
  readonly modes: object;
  readonly privateModes: object;
  readonly cursorHidden: boolean;
  readonly convertEol: boolean;
  readonly mouse: Readonly<Core["coreMouseService"]>;
  readonly charsets: Readonly<Core["_charsetService"]>;
  /** The last character, which output may ask to repeat. */
  readonly repeatable: number;
}

/** RIS, and what it leaves: a hidden cursor, newline mode. As bytes: as text it would leave a character that bytes have begun. */
const fullReset = new TextEncoder().encode("\x1bc\x1b[?25h\x1b[20l");
const showAlternate = "\x1b[?47h";
/** The parser's state between escape sequences. */
const ground = 0;

const core = (terminal: Terminal): Core => (terminal as unknown as { readonly _core: Core })._core;

/** Undefined in the midst of an escape sequence or a character. */
export function screenState(terminal: Terminal): ScreenState | undefined {
  const { buffers, coreService, coreMouseService: mouse, _charsetService: charsets, _inputHandler } = core(terminal);
  const { _curAttrData, _parser, _utf8Decoder } = _inputHandler;
  if (_parser.currentState !== ground || _utf8Decoder.interim[0] !== 0) return undefined;
  return {
    columns: terminal.cols,
    rows: terminal.rows,
    normal: screen(buffers.normal, terminal.rows),
    alternate: screen(buffers.alt, terminal.rows),
    shown: terminal.buffer.active.type,
    attributes: _curAttrData.clone(),
    modes: { ...coreService.modes },
    privateModes: { ...coreService.decPrivateModes },
    cursorHidden: coreService.isCursorHidden,
    convertEol: terminal.options.convertEol === true,
    mouse: { activeProtocol: mouse.activeProtocol, activeEncoding: mouse.activeEncoding },
    charsets: { _charsets: [...charsets._charsets], glevel: charsets.glevel, charset: charsets.charset },
    repeatable: _parser.precedingJoinState,
  };
}

/** Makes a terminal empty, as at power-on. */
export function clearScreen(terminal: Terminal): void {
  terminal.write(fullReset);
}

/**
 * Gives a terminal the state of another one. `cleared` is called when it is empty. If it has another size by then, it stays
 * so, and the call does not come.
 */
export function restoreScreen(terminal: Terminal, state: ScreenState, cleared: () => void): void {
  const fits = (): boolean => terminal.cols === state.columns && terminal.rows === state.rows;
  terminal.write(fullReset, () => fits() && cleared());
  if (state.shown === "alternate") terminal.write(showAlternate);
  terminal.write("", () => fits() && setState(terminal, state));
}

function setState(terminal: Terminal, state: ScreenState): void {
  const { buffers, coreService, coreMouseService, _charsetService, _inputHandler } = core(terminal);
  setScreen(buffers.normal, state.normal);
  setScreen(buffers.alt, state.alternate);
  _inputHandler._curAttrData = state.attributes.clone();
  coreService.modes = { ...state.modes };
  coreService.decPrivateModes = { ...state.privateModes };
  coreService.isCursorHidden = state.cursorHidden;
  terminal.options.convertEol = state.convertEol;
  Object.assign(coreMouseService, state.mouse);
  Object.assign(_charsetService, { ...state.charsets, _charsets: [...state.charsets._charsets] });
  _inputHandler._parser.precedingJoinState = state.repeatable;
  terminal.refresh(0, terminal.rows - 1);
}

function screen(buffer: Buffer, rows: number): Screen {
  const { lines, ybase } = buffer;
  const shown = Array.from({ length: rows }, (_, row) => lines.get(ybase + row)?.clone());
  // The alternate screen has no lines while it is not shown.
  return { lines: shown.filter((line) => line !== undefined), place: place(buffer, -ybase) };
}

function setScreen(buffer: Buffer, { lines, place: there }: Screen): void {
  for (const [row, line] of lines.entries()) buffer.lines.get(buffer.ybase + row)!.copyFrom(line);
  Object.assign(buffer, place(there, buffer.ybase));
}

/** `rows`: so much further down in what was scrolled away is the saved cursor. */
function place(of: Place, rows: number): Place {
  const { x, y, scrollTop, scrollBottom, tabs, savedX, savedY, savedCharset, savedCurAttrData } = of;
  return {
    x,
    y,
    scrollTop,
    scrollBottom,
    tabs: { ...tabs },
    savedX,
    savedY: savedY + rows,
    savedCharset,
    savedCurAttrData: savedCurAttrData.clone(),
  };
}
