const LONGEST_LINE = 4096;
const LONGEST_HISTORY = 100;

export interface LineEvents {
  /** A whole line was entered. */
  line(text: string): void;
  /** Ctrl-C. */
  interrupt(): void;
  /** To the terminal, where there is one. */
  echo(text: string): void;
  /** What could follow what has been typed. */
  complete(text: string): readonly string[];
  /** Shows the prompt again, after a list of completions. */
  prompt(): void;
}

/** A line editor of the simplest kind: its cursor is always at the end. Keys: Backspace, Tab, Ctrl-U, Up and Down. */
export class LineEditor {
  private text = "";
  private last = "";
  /** An escape sequence so far (ECMA-48, 5.4). */
  private escape: string | undefined;
  private readonly history: string[] = [];
  private recalled = 0;

  constructor(private readonly events: LineEvents) {}

  reset(): void {
    this.text = "";
    this.escape = undefined;
  }

  take(character: string): void {
    const { last } = this;
    this.last = character;
    if (this.escape !== undefined) return this.takeEscape(character);
    switch (character) {
      case "\n":
        // Telnet sends both for one key.
        if (last === "\r") return;
        return this.enter();
      case "\r":
        return this.enter();
      case "\x7f":
      case "\b":
        return this.replace(this.text.slice(0, -1));
      case "\x15":
        return this.replace("");
      case "\t":
        return this.complete();
      case "\x03":
        return this.events.interrupt();
      case "\x1b":
        this.escape = "";
        return;
    }
    if (character < " " || this.text.length >= LONGEST_LINE) return;
    this.text += character;
    this.events.echo(character);
  }

  private enter(): void {
    const { text } = this;
    this.text = "";
    if (text.trim() !== "" && text !== this.history.at(-1)) this.history.push(text);
    if (this.history.length > LONGEST_HISTORY) this.history.shift();
    this.recalled = this.history.length;
    this.events.echo("\n");
    this.events.line(text);
  }

  private takeEscape(character: string): void {
    this.escape += character;
    // "[" or "O", parameters, and a last letter.
    if (this.escape!.length < 16 && (/^[[O]$/.test(this.escape!) || /[0-9;?]/.test(character))) return;
    const key = this.escape;
    this.escape = undefined;
    if (key === "[A" || key === "OA") this.recall(-1);
    else if (key === "[B" || key === "OB") this.recall(1);
  }

  private recall(step: number): void {
    this.recalled = Math.max(0, Math.min(this.history.length, this.recalled + step));
    this.replace(this.history[this.recalled] ?? "");
  }

  private replace(text: string): void {
    const { text: before } = this;
    this.text = text;
    const same = text.startsWith(before) || before.startsWith(text) ? Math.min(text.length, before.length) : 0;
    this.events.echo("\b \b".repeat(before.length - same) + text.slice(same));
  }

  private complete(): void {
    const found = this.events.complete(this.text);
    const [first] = found;
    if (first === undefined) return;
    if (found.length === 1) return this.replace(`${first} `);
    let common = first;
    while (!found.every((name) => name.startsWith(common))) common = common.slice(0, -1);
    if (common.length > this.text.length) return this.replace(common);
    this.events.echo(`\n${found.join(" ")}\n`);
    this.events.prompt();
    this.events.echo(this.text);
  }
}
