import { FitAddon } from "@xterm/addon-fit";
import { WebglAddon } from "@xterm/addon-webgl";
import { type ITheme, Terminal } from "@xterm/xterm";
import { Drawing } from "./drawing.ts";
import type { OutputHistory } from "./history.ts";
import { ConsoleReader } from "./reader.ts";
import { LineDoor } from "./line-door.ts";
import { hasGpu } from "./renderer.ts";
import { alwaysWrap } from "./wrapping.ts";

export interface ConsoleActions {
  type(text: string): void;
  /** The user wants to go to the instant that printed a line. */
  travel(position: number): void;
  /** What is typed now reaches the guest. */
  typable(): boolean;
}

/** The serial console: shows what it showed at any instant, and takes keys. */
export class Console {
  readonly element = document.createElement("div");
  private readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private readonly reader: ConsoleReader;
  private readonly drawing: Drawing;
  private opened = false;
  private readonly gpu = hasGpu();
  private webgl: WebglAddon | undefined;
  /** Device pixels to a CSS pixel, as drawn for. */
  private ratio = devicePixelRatio;

  constructor(
    private readonly history: OutputHistory,
    private readonly actions: ConsoleActions,
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
    alwaysWrap(this.terminal);
    this.reader = new ConsoleReader(this.terminal);
    reducedMotion.addEventListener("change", ({ matches }) => (this.terminal.options.cursorBlink = !matches));
    this.terminal.loadAddon(this.fit);
    const wrote = (bytes: Uint8Array, printed: boolean): void => this.reader.wrote(bytes, printed);
    const offScreen = (cols: number, rows: number): Terminal => alwaysWrap(new Terminal({ cols, rows, scrollback: 0 }));
    this.drawing = new Drawing(this.terminal, history, offScreen, wrote);
    this.terminal.onData((text) => this.actions.type(text));
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
    addEventListener("resize", () => this.followRatio());
    this.fit.fit();
    new LineDoor(this.element, this.terminal, this.drawing.marks, {
      travel: (byte) => this.travel(byte),
      typable: () => this.actions.typable(),
    });
  }

  /** Draws by WebGL where a GPU does it. Without one, xterm's own renderer leaves more of the CPU to the guest. */
  private drawFast(): void {
    this.webgl?.dispose();
    this.webgl = undefined;
    this.ratio = devicePixelRatio;
    if (!this.gpu) return;
    try {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.terminal.loadAddon(webgl);
      this.webgl = webgl;
      this.checkPixels(webgl);
    } catch {
      // xterm's own renderer stays.
    }
  }

  /** On another screen, or zoomed: the add-on does not always hear of it, and a new one measures anew. */
  private followRatio(): void {
    if (this.opened && devicePixelRatio !== this.ratio) this.drawFast();
  }

  /**
   * The add-on believes the browser's count of device pixels, which under an emulated ratio contradicts the ratio: text
   * would be drawn at a multiple of its size. Then xterm's own renderer takes over.
   */
  private checkPixels(webgl: WebglAddon): void {
    const canvas = this.element.querySelector<HTMLCanvasElement>(".xterm-screen canvas:not(.xterm-link-layer)");
    if (canvas === null) return;
    const check = new ResizeObserver(() => {
      if (webgl !== this.webgl) return check.disconnect();
      const drawn = canvas.width / (canvas.clientWidth * this.ratio);
      if (Math.abs(drawn - 1) > 0.05) this.webgl.dispose();
    });
    // Behind the add-on's own observer, which sets the size.
    check.observe(canvas, { box: "device-pixel-content-box" });
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

  /** The terminal has all that it is to show: for tests. */
  get settled(): boolean {
    return this.drawing.settled;
  }

  /** As many characters fit on a line. */
  get columns(): number {
    return this.terminal.cols;
  }

  /** What the user has selected. */
  selection(): string {
    return this.terminal.getSelection();
  }

  /** Shows the first `count` bytes of the history. Cheap when it only grew. */
  show(count: number): void {
    this.followRatio();
    if (this.opened) this.drawing.show(count);
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

  /** Not while the terminal still shows another history. */
  private travel(byte: number): void {
    if (this.drawing.current) this.actions.travel(this.history.positionOf(byte));
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
