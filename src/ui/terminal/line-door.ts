import type { Terminal } from "@xterm/xterm";
import type { LineMark, LineMarks } from "./line-marks.ts";

/** A pointer that moved further between press and release selected text, or scrolled. */
const steadyPixels = 4;
/** What comes within so long is a double click: it selects a word. */
const doubleClickMs = 300;

export interface LineDoorActions {
  /** The user wants to go to the instant at which this byte of the history was printed. */
  travel(byte: number): void;
  /** What is typed reaches the guest: then a click is to focus, and only shows the door. */
  typable(): boolean;
}

/**
 * Text is a door to time. The line under the pointer shows a button that leads to its instant. A click on a line leads
 * there too, in the past and in a recording; at the live end, where people click in order to type, it leaves the button
 * there, for touch. By keyboard, Alt-Up and Alt-Down choose a line and Enter goes.
 */
export class LineDoor {
  private readonly button = document.createElement("button");
  private readonly band = document.createElement("div");
  private shown: { readonly mark: LineMark; readonly by: "hover" | "click" | "keys" } | undefined;
  private press: { readonly x: number; readonly y: number; readonly selection: boolean } | undefined;
  private click: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly terminal: Terminal,
    private readonly marks: LineMarks,
    private readonly actions: LineDoorActions,
  ) {
    const { button, band } = this;
    button.className = "line-door";
    button.type = "button";
    button.tabIndex = -1;
    band.className = "line-band";
    element.append(band, button);
    button.addEventListener("click", () => this.go());
    element.addEventListener("pointermove", (event) => this.onMove(event));
    element.addEventListener("pointerleave", () => this.shown?.by === "hover" && this.close());
    element.addEventListener("pointerdown", (event) => this.onPress(event), true);
    element.addEventListener("click", (event) => this.onClick(event));
    element.addEventListener("keydown", (event) => this.onKey(event), true);
    // Whoever does something else meanwhile did not want to travel.
    for (const gesture of ["pointerdown", "keydown"])
      addEventListener(gesture, () => clearTimeout(this.click), { capture: true });
    terminal.onRender(() => this.place());
    this.place();
  }

  private go(): void {
    const end = this.shown?.mark.end;
    this.close();
    if (end !== undefined) this.actions.travel(end);
  }

  private close(): void {
    this.open(undefined, "hover");
  }

  private open(mark: LineMark | undefined, by: "hover" | "click" | "keys"): void {
    this.shown = mark && { mark, by };
    this.place();
  }

  /** On the line, wherever it has been scrolled to. */
  private place(): void {
    const { button, band, shown, terminal } = this;
    const { active } = terminal.buffer;
    if (shown?.mark.row.isDisposed) this.shown = undefined;
    const row = shown === undefined ? -1 : shown.mark.row.line - active.viewportY;
    const visible = active.type === "normal" && row >= 0 && row < terminal.rows;
    button.hidden = !visible;
    band.hidden = !visible || shown?.by === "hover";
    // Measured only when needed: it makes the browser lay out the page, with each frame that is drawn.
    const screen = visible ? this.screen() : undefined;
    if (screen === undefined) return;
    button.textContent = shown?.by === "keys" ? "⏎ go to this line" : "⟲ go to this line";
    const height = screen.height / terminal.rows;
    const top = screen.top - this.element.getBoundingClientRect().top + row * height;
    button.style.top = band.style.top = `${top}px`;
    band.style.height = `${height}px`;
  }

  private screen(): DOMRect | undefined {
    return this.element.querySelector(".xterm-screen")?.getBoundingClientRect();
  }

  private markUnder(event: MouseEvent): LineMark | undefined {
    const screen = this.screen();
    if (screen === undefined || screen.height === 0) return undefined;
    const row = Math.floor(((event.clientY - screen.top) / screen.height) * this.terminal.rows);
    return row < 0 || row >= this.terminal.rows
      ? undefined
      : this.marks.at(this.terminal.buffer.active.viewportY + row);
  }

  private onMove(event: PointerEvent): void {
    if (event.pointerType === "touch" || event.target === this.button) return;
    const mark = event.buttons === 0 ? this.markUnder(event) : undefined;
    const { shown } = this;
    // What was chosen stays until something else is under the pointer, or for good if it was chosen by keys.
    if (shown?.by === "keys" || (shown?.by === "click" && (mark === undefined || mark === shown.mark))) return;
    this.open(mark, "hover");
  }

  private onPress(event: PointerEvent): void {
    this.press = { x: event.clientX, y: event.clientY, selection: this.terminal.hasSelection() };
  }

  private onClick(event: MouseEvent): void {
    const { press, terminal } = this;
    this.press = undefined;
    if (event.target === this.button || press === undefined || event.button !== 0) return;
    const moved = Math.hypot(event.clientX - press.x, event.clientY - press.y) > steadyPixels;
    const selects = press.selection || terminal.hasSelection() || event.detail > 1 || event.shiftKey;
    const forGuest = terminal.modes.mouseTrackingMode !== "none";
    if (moved || selects || forGuest) return this.close();
    const mark = this.markUnder(event);
    this.open(mark, "click");
    if (mark === undefined || this.actions.typable()) return;
    this.click = setTimeout(() => {
      this.close();
      this.actions.travel(mark.end);
    }, doubleClickMs);
  }

  private onKey(event: KeyboardEvent): void {
    const take = (): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    const direction = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : undefined;
    if (direction !== undefined && event.altKey && !event.ctrlKey && !event.metaKey) {
      take();
      this.choose(direction);
    } else if (this.shown?.by === "keys" && event.key === "Enter") {
      take();
      this.go();
    } else if (this.shown?.by === "keys" && event.key === "Escape") {
      take();
      this.close();
    } else if (!["Alt", "Control", "Shift", "Meta"].includes(event.key)) this.close();
  }

  /** The line above or below the chosen one; at first the last one that the screen shows. */
  private choose(direction: -1 | 1): void {
    const { terminal, marks, shown } = this;
    const { active } = terminal.buffer;
    if (active.type !== "normal") return;
    const chosen = shown !== undefined && shown.by !== "hover" ? shown.mark.row.line : undefined;
    const mark = marks.beside(chosen ?? (direction < 0 ? active.viewportY + terminal.rows : Infinity), direction);
    // Above the first one there is none; below the last one the choice is over.
    if (mark === undefined) return direction < 0 ? undefined : this.close();
    const row = mark.row.line - active.viewportY;
    if (row < 0) terminal.scrollLines(row);
    else if (row >= terminal.rows) terminal.scrollLines(row - terminal.rows + 1);
    this.open(mark, "keys");
  }
}
