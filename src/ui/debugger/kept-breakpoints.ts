import type { BreakpointView, KeptBreakpoint, View } from "../../api/index.ts";

const prefix = "breakpoints ";

/** What is used of the browser's localStorage. */
export type Texts = Pick<Storage, "getItem" | "setItem" | "removeItem" | "length" | "key">;

/** Break- and watchpoints by recording, for the next time that it is opened. */
export class KeptBreakpoints {
  private shown: { readonly id: string | undefined; readonly text: string } = { id: undefined, text: "[]" };

  /** `texts`: undefined where the browser keeps none. `restore`: sets those of the machine that is shown. */
  constructor(
    private readonly texts: Texts | undefined,
    private readonly restore: (points: readonly KeptBreakpoint[]) => void,
  ) {}

  /** The machine's latest word. */
  onView({ recording, breakpoints }: View): void {
    const id = recording?.id;
    const text = encode(breakpoints);
    const opened = id !== this.shown.id;
    if (!opened && text === this.shown.text) return;
    this.shown = { id, text };
    if (id === undefined) return;
    // A recording that goes by another name has its own still.
    const kept = opened && breakpoints.length === 0 ? this.load(id) : [];
    if (kept.length > 0) this.restore(kept);
    else if (breakpoints.length > 0) this.guarded((texts) => texts.setItem(prefix + id, text));
    else if (!opened) this.forget(id);
  }

  renamed(from: string, to: string): void {
    this.guarded((texts) => {
      const text = texts.getItem(prefix + from);
      texts.removeItem(prefix + from);
      if (text !== null) texts.setItem(prefix + to, text);
    });
  }

  /** These are all the recordings that there are: another one with an old name has nothing of it. */
  keepOnly(ids: readonly string[]): void {
    this.guarded((texts) => {
      const wanted = new Set([...ids, this.shown.id].map((id) => prefix + id));
      const keys = Array.from({ length: texts.length }, (_, at) => texts.key(at)!);
      for (const key of keys) if (key.startsWith(prefix) && !wanted.has(key)) texts.removeItem(key);
    });
  }

  private forget(id: string): void {
    this.guarded((texts) => texts.removeItem(prefix + id));
  }

  private load(id: string): readonly KeptBreakpoint[] {
    return this.guarded((texts) => decode(texts.getItem(prefix + id) ?? "[]")) ?? [];
  }

  /** The browser may refuse at any time: then they are gone with the page, as before. */
  private guarded<T>(use: (texts: Texts) => T): T | undefined {
    try {
      return this.texts && use(this.texts);
    } catch {
      return undefined;
    }
  }
}

function encode(breakpoints: readonly BreakpointView[]): string {
  return JSON.stringify(
    breakpoints.map(({ kind, label, address, length, enabled }) => [
      kind,
      label,
      address.toString(16),
      length,
      enabled,
    ]),
  );
}

/** Throws for what it did not write. */
function decode(text: string): readonly KeptBreakpoint[] {
  return (JSON.parse(text) as unknown[][]).map(([kind, label, address, length, enabled]) => ({
    kind: String(kind) as KeptBreakpoint["kind"],
    label: String(label),
    address: BigInt.asUintN(64, BigInt(`0x${String(address)}`)),
    length: Number(length),
    enabled: enabled === true,
  }));
}

/** This page's own; undefined where the browser keeps none. */
export function ownTexts(): Texts | undefined {
  try {
    return (globalThis as { readonly localStorage?: Texts }).localStorage;
  } catch {
    return undefined;
  }
}
