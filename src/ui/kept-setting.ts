/** What is used of the browser's localStorage. */
type Texts = Pick<Storage, "getItem" | "setItem">;

/** A setting of the page's, for the next time. */
export class KeptSetting {
  /** `texts`: undefined where the browser keeps none. */
  constructor(
    private readonly texts: Texts | undefined,
    private readonly name: string,
  ) {}

  get value(): string | undefined {
    return this.guarded((texts) => texts.getItem(this.name)) ?? undefined;
  }

  keep(value: string): void {
    this.guarded((texts) => texts.setItem(this.name, value));
  }

  /** The browser may refuse at any time: then it is gone with the page. */
  private guarded<T>(use: (texts: Texts) => T): T | undefined {
    try {
      return this.texts && use(this.texts);
    } catch {
      return undefined;
    }
  }
}
