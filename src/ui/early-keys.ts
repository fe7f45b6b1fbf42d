/** What is typed between the wish for a machine and the moment at which its console has the focus. */
export class EarlyKeys {
  private text: string | undefined;
  private before: string | undefined;

  /** A machine is asked for; `shown` names the one before it. What had the focus is about to go, or is done with. */
  begin(shown: string | undefined): void {
    this.text = "";
    this.before = shown;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  /** It will not come. */
  end(): void {
    this.text = undefined;
  }

  /** The text typed, once another machine is shown; undefined until then, and when none was asked for. */
  handOver(shown: string | undefined): string | undefined {
    const { text } = this;
    if (shown === undefined || shown === this.before) return undefined;
    this.text = undefined;
    return text;
  }

  /** Keeps a key that means nothing where the focus is; true when it did. */
  take(event: KeyboardEvent): boolean {
    if (this.text === undefined || event.target !== document.body) return false;
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    const typed = { Enter: "\r", Backspace: "\x7f" }[event.key] ?? (event.key.length === 1 ? event.key : undefined);
    if (typed === undefined) return false;
    event.preventDefault();
    this.text += typed;
    return true;
  }
}
