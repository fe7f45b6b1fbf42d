import { FitAddon } from "@xterm/addon-fit";
import { WebglAddon } from "@xterm/addon-webgl";
import { type ITheme, Terminal } from "@xterm/xterm";
import type { OutputHistory } from "./history.ts";
import { ConsoleReader } from "./reader.ts";

/** A redraw starts at most this many bytes before the instant shown, so that it fits in a frame. */
const windowBytes = 96 * 1024;
/** Back to the power-on state: screen, scrollback, modes. */
const fullReset = "\x1bc";

/** The serial console: shows what it showed at any instant, and takes keys. */
export class Console {
  readonly element = document.createElement("div");
  private readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private readonly reader: ConsoleReader;
  /** The terminal has bytes [from, shown) of this epoch of the history. */
  private from = 0;
  private shown = 0;
  private epoch = -1;
  private wanted = 0;
  private writing = false;
  private opened = false;

  constructor(
    private readonly history: OutputHistory,
    private readonly onType: (text: string) => void,
    /** The user wants to go to the instant that printed the line under the pointer. */
    private readonly onTravel: (position: number) => void,
  ) {
    this.element.className = "serial";
    const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
    this.terminal = new Terminal({
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono"),
      fontSize: 13,
      lineHeight: 1.25,
      scrollback: 10_000,
      cursorBlink: !reducedMotion.matches,
      theme: theme(),
      minimumContrastRatio: 4.5,
      screenReaderMode: false,
    });
    this.reader = new ConsoleReader(this.terminal);
    reducedMotion.addEventListener("change", ({ matches }) => (this.terminal.options.cursorBlink = !matches));
    this.terminal.loadAddon(this.fit);
    this.terminal.onData((text) => this.onType(text));
    this.keepSilent();
    matchMedia("(prefers-color-scheme: light)").addEventListener(
      "change",
      () => (this.terminal.options.theme = theme()),
    );
  }

  /** Call once the element is in the document. */
  open(): void {
    if (this.opened) return;
    this.opened = true;
    this.terminal.open(this.element);
    this.terminal.textarea?.setAttribute("aria-label", "Serial console of the guest");
    // Says how to leave it.
    this.terminal.textarea?.setAttribute("aria-describedby", "way-out");
    this.element.append(this.reader.element);
    this.drawFast();
    new ResizeObserver(() => this.fit.fit()).observe(this.element);
    this.fit.fit();
    this.addLineDoor();
  }

  /** Draws by WebGL where a GPU does it. Without one, xterm's own renderer leaves more of the CPU to the guest. */
  private drawFast(): void {
    const probe = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
    if (!probe) return;
    probe.getExtension("WEBGL_lose_context")?.loseContext();
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.terminal.loadAddon(webgl);
    } catch {
      // xterm's own renderer stays.
    }
  }

  focus(): void {
    this.terminal.focus();
  }

  /** The visible text, without styles: for tests and for copying. */
  text(): string {
    const { active } = this.terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  }

  /** Shows the first `count` bytes of the history. Cheap when it only grew. */
  show(count: number): void {
    this.wanted = count;
    this.pump();
  }

  private pump(): void {
    if (this.writing || !this.opened) return;
    const { history, wanted } = this;
    if (this.epoch === history.epoch && this.shown === wanted) return;
    const forward = this.epoch === history.epoch && wanted > this.shown && wanted - this.shown <= windowBytes;
    if (!forward) {
      this.epoch = history.epoch;
      this.from = history.lineStartAfter(Math.max(0, wanted - windowBytes));
      this.shown = this.from;
    }
    const bytes = history.slice(this.shown, wanted);
    this.shown = wanted;
    this.writing = true;
    if (!forward) this.terminal.write(fullReset);
    this.terminal.write(bytes.slice(), () => {
      this.writing = false;
      this.reader.wrote(bytes, forward);
      this.pump();
    });
  }

  /**
   * A terminal answers questions in the output ("where is the cursor?") as if typed. Here output is redrawn at will, and
   * only the user types: no question is answered.
   */
  private keepSilent(): void {
    const { parser } = this.terminal;
    const silent = (): boolean => true;
    for (const prefix of ["", "?", ">", "="]) {
      const prefixed = prefix === "" ? {} : { prefix };
      parser.registerCsiHandler({ ...prefixed, final: "c" }, silent);
      if (prefix === "" || prefix === "?") {
        parser.registerCsiHandler({ ...prefixed, final: "n" }, silent);
        parser.registerCsiHandler({ ...prefixed, intermediates: "$", final: "p" }, silent);
      }
    }
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, silent);
    for (const colourQuery of [4, 10, 11, 12]) parser.registerOscHandler(colourQuery, (data) => data.includes("?"));
  }

  /** A button at the end of the line under the pointer: text is a door to time. */
  private addLineDoor(): void {
    const button = document.createElement("button");
    button.className = "line-door";
    button.type = "button";
    button.tabIndex = -1;
    button.textContent = "⟲ go to this line";
    button.hidden = true;
    this.element.append(button);
    let target: number | undefined;
    this.element.addEventListener("pointermove", (event) => {
      if (event.target === button) return;
      const screen = this.element.querySelector(".xterm-screen")?.getBoundingClientRect();
      if (screen === undefined) return;
      const row = Math.floor(((event.clientY - screen.top) / screen.height) * this.terminal.rows);
      target = event.buttons === 0 ? this.positionOfRow(row) : undefined;
      button.hidden = target === undefined;
      button.style.top = `${screen.top - this.element.getBoundingClientRect().top + (row * screen.height) / this.terminal.rows}px`;
    });
    this.element.addEventListener("pointerleave", () => (button.hidden = true));
    button.addEventListener("click", () => {
      button.hidden = true;
      if (target !== undefined) this.onTravel(target);
    });
  }

  /** When the text on a row of the screen was complete; undefined when the screen no longer follows line by line. */
  private positionOfRow(row: number): number | undefined {
    const { active } = this.terminal.buffer;
    const y = active.viewportY + row;
    const shownText = active.getLine(y)?.translateToString(true) ?? "";
    if (shownText.trim() === "") return undefined;
    let number = 0;
    for (let i = 1; i <= y; i++) if (!active.getLine(i)?.isWrapped) number++;
    const line = this.history.line(this.from, number);
    if (line === undefined || line.end > this.shown || !line.text.includes(shownText.slice(0, 20))) return undefined;
    return this.history.positionOf(line.end);
  }
}

function theme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: colour("--console"),
    foreground: colour("--text"),
    cursor: colour("--accent"),
    cursorAccent: colour("--console"),
    selectionBackground: colour("--selection"),
    scrollbarSliderBackground: colour("--line"),
    scrollbarSliderHoverBackground: colour("--dim"),
    scrollbarSliderActiveBackground: colour("--dim"),
    black: colour("--ansi-black"),
    red: colour("--ansi-red"),
    green: colour("--ansi-green"),
    yellow: colour("--ansi-yellow"),
    blue: colour("--ansi-blue"),
    magenta: colour("--ansi-magenta"),
    cyan: colour("--ansi-cyan"),
    white: colour("--ansi-white"),
    brightBlack: colour("--dim"),
    brightRed: colour("--ansi-red"),
    brightGreen: colour("--ansi-green"),
    brightYellow: colour("--ansi-yellow"),
    brightBlue: colour("--ansi-blue"),
    brightMagenta: colour("--ansi-magenta"),
    brightCyan: colour("--ansi-cyan"),
    brightWhite: colour("--text"),
  };
}
