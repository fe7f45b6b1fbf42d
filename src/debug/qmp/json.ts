/**
 * QMP's wire: JSON values one after the other in a stream of UTF-8, with or without newlines between them (QEMU's
 * docs/interop/qmp-spec). As in QEMU, strings may stand in single quotes too.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export type JsonEvent =
  { readonly kind: "value"; readonly value: unknown } | { readonly kind: "error"; readonly message: string };

const LONGEST_VALUE = 1 << 20;
const DEEPEST = 1024;
const closing: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** Takes a stream of bytes in pieces of any size; any bytes at all are legal input. */
export class JsonReader {
  private readonly decoder = new TextDecoder();
  /** The value so far, in JSON's own form. */
  private text: string[] = [];
  private length = 0;
  /** The brackets that are open, as those that close them. */
  private open: string[] = [];
  private quote: string | undefined;
  private escaped = false;

  /** The values that `bytes` completes, in order, and what is wrong with the rest. */
  read(bytes: Uint8Array): JsonEvent[] {
    const events: JsonEvent[] = [];
    for (const character of this.decoder.decode(bytes, { stream: true })) this.take(character, events);
    return events;
  }

  private take(character: string, events: JsonEvent[]): void {
    if (this.quote !== undefined) this.takeInString(character, events);
    else if (character === '"' || character === "'") {
      this.quote = character;
      this.append('"', events);
    } else if (character in closing) {
      if (this.open.length === 0) this.finish(events);
      if (this.open.length === DEEPEST) return this.fail("too many nested brackets", events);
      this.open.push(closing[character]!);
      this.append(character, events);
    } else if (character === "}" || character === "]") {
      if (this.open.pop() !== character) return this.fail(`stray '${character}'`, events);
      this.append(character, events);
      if (this.open.length === 0) this.finish(events);
    } else if (this.open.length === 0 && /\s/.test(character)) this.finish(events);
    else this.append(character, events);
  }

  private takeInString(character: string, events: JsonEvent[]): void {
    if (this.escaped) {
      this.escaped = false;
      this.append(character === "'" ? "'" : `\\${character}`, events);
    } else if (character === "\\") this.escaped = true;
    else if (character === this.quote) {
      this.quote = undefined;
      this.append('"', events);
      if (this.open.length === 0) this.finish(events);
    } else this.append(character === '"' ? '\\"' : character, events);
  }

  private append(text: string, events: JsonEvent[]): void {
    this.length += text.length;
    if (this.length > LONGEST_VALUE) this.fail("the value is too long", events);
    else this.text.push(text);
  }

  private finish(events: JsonEvent[]): void {
    const text = this.text.join("");
    this.reset();
    if (text === "") return;
    try {
      events.push({ kind: "value", value: JSON.parse(text) as unknown });
    } catch {
      events.push({ kind: "error", message: `JSON parse error, '${text.slice(0, 40)}' is not JSON` });
    }
  }

  private fail(message: string, events: JsonEvent[]): void {
    this.reset();
    events.push({ kind: "error", message: `JSON parse error, ${message}` });
  }

  private reset(): void {
    this.text = [];
    this.length = 0;
    this.open = [];
    this.quote = undefined;
    this.escaped = false;
  }
}

/** As QEMU writes it: a space after every colon and comma, ASCII only. `pretty`: one member a line. */
export function writeJson(value: Json, pretty = false, indent = "\n"): string {
  if (typeof value === "string") return ascii(JSON.stringify(value));
  if (value === null || typeof value !== "object") return String(value);
  const inner = `${indent}    `;
  const [open, close, items] = Array.isArray(value)
    ? ["[", "]", value.map((item: Json) => writeJson(item, pretty, inner))]
    : [
        "{",
        "}",
        Object.entries(value).map(
          ([name, item]) => `${ascii(JSON.stringify(name))}: ${writeJson(item, pretty, inner)}`,
        ),
      ];
  if (items.length === 0) return open + close;
  return pretty ? `${open}${inner}${items.join(`,${inner}`)}${indent}${close}` : `${open}${items.join(", ")}${close}`;
}

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
