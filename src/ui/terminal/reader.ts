import type { Terminal } from "@xterm/xterm";
import { plain } from "./history.ts";

/** Lines above the screen that stay readable. */
const linesAbove = 100;
/** New lines spoken one by one; of more, how many they are and the last. */
const linesSpoken = 6;
const pauseMs = 500;
/** After more than can be listened to. */
const longPauseMs = 3000;

/**
 * The console for screen readers: its text, to be read, and what is new, to be spoken. Not xterm's screenReaderMode: it
 * speaks what is redrawn as if the guest printed it, with each frame of a drag, and of a boot after 20 lines nothing.
 */
export class ConsoleReader {
  readonly element = document.createElement("div");
  private readonly shown = document.createElement("div");
  private readonly spoken = document.createElement("div");
  private fresh = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = "";

  constructor(private readonly terminal: Terminal) {
    const { element, shown, spoken } = this;
    element.className = "console-reader visually-hidden";
    shown.setAttribute("role", "log");
    shown.setAttribute("aria-label", "Text on the console");
    shown.setAttribute("aria-live", "off");
    spoken.setAttribute("role", "status");
    element.append(shown, spoken);
  }

  /** Bytes go to the terminal; `printed`: by the guest just now, and not to redraw another instant. */
  wrote(bytes: Uint8Array, printed: boolean): void {
    this.fresh = printed ? this.fresh + plain(bytes) : "";
    this.timer ??= setTimeout(() => this.update(), pauseMs);
  }

  private update(): void {
    const text = this.text();
    if (text !== this.last) this.shown.textContent = this.last = text;
    const end = this.fresh.lastIndexOf("\n");
    // What is typed comes back as a line that is not complete: the user knows it.
    const lines = end < 0 ? [] : this.fresh.split("\n").filter((line) => line.trim() !== "");
    if (end >= 0) this.fresh = "";
    const many = lines.length > linesSpoken;
    if (lines.length > 0)
      this.spoken.textContent = many ? `${lines.length} lines, the last: ${lines.at(-1)}` : lines.join("\n");
    this.timer = lines.length === 0 ? undefined : setTimeout(() => this.update(), many ? longPauseMs : pauseMs);
  }

  /** The screen and what is above it, wrapped rows joined. */
  private text(): string {
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let y = Math.max(0, active.baseY - linesAbove); y < active.length; y++) {
      const line = active.getLine(y)!;
      const text = line.translateToString(true);
      if (line.isWrapped && lines.length > 0) lines.push(lines.pop()! + text);
      else lines.push(text);
    }
    return lines.join("\n").trimEnd();
  }
}
