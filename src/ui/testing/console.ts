import { banner, bootLines, prompt, reply } from "./script.ts";

const encoder = new TextEncoder();

/** What the made-up guest prints and when, and the shell that it becomes. */
export class FakeConsole {
  private readonly bytes: number[] = [];
  private readonly positions: number[] = [];
  /** To be printed, in order. */
  private pending: { readonly position: number; readonly text: string }[] = [];
  private line = "";

  get length(): number {
    return this.bytes.length;
  }
  /** Where the last of what is to come is printed; undefined when the shell waits. */
  get busyUntil(): number | undefined {
    return this.pending.at(-1)?.position;
  }

  /** A boot from the start. */
  begin(): void {
    this.bytes.length = this.positions.length = 0;
    this.line = "";
    this.pending = bootLines.map(([seconds, text], line) => ({
      position: positionOfLine(line),
      text: `[${seconds.toFixed(6).padStart(12)}] ${text}\r\n`,
    }));
    this.pending.push({ position: this.busyUntil! + 60e6, text: banner + prompt });
  }

  /** Prints what is due. */
  printTo(position: number): void {
    while (this.pending.length > 0 && this.pending[0]!.position <= position) {
      const next = this.pending.shift()!;
      this.print(next.position, next.text);
    }
  }

  /** Answers what is typed, from a position on. Returns how many bytes that took. */
  type(text: string, at: number): number {
    const before = this.length;
    for (const char of text) {
      if (char === "\r") {
        this.print(at, `\r\n${reply(this.line)}${prompt}`);
        this.line = "";
      } else if (char === "\x7f") {
        if (this.line !== "") this.print(at, "\b \b");
        this.line = this.line.slice(0, -1);
      } else {
        this.print(at, char);
        this.line += char;
      }
    }
    return this.length - before;
  }

  since(from: number): { bytes: Uint8Array<ArrayBuffer>; positions: Float64Array<ArrayBuffer> } {
    return { bytes: Uint8Array.from(this.bytes.slice(from)), positions: Float64Array.from(this.positions.slice(from)) };
  }

  private print(position: number, text: string): void {
    for (const byte of encoder.encode(text)) {
      this.bytes.push(byte);
      this.positions.push(position++);
    }
  }
}

/** Where a line of the boot is printed. */
export function positionOfLine(line: number): number {
  return Math.round(bootLines[line]![0] * 1e9) + 1_700_000 + line * 240_000;
}
