import { UserError } from "../base/index.ts";
import type { Settings } from "../machine/index.ts";

export type { Settings };

const suffixes: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const PAGE_BYTES = 4096;

/** "512", "512M", "1G", "size=256M": bytes. Without a suffix it is MiB, or, with `unit` "", bytes, as in properties of `-M`. */
export function parseMemory(text: string, unit: "m" | "" = "m"): number {
  const match = /^(?:size=)?(\d+)([kmgt]?)b?$/i.exec(text);
  const bytes = match ? Number(match[1]) * suffixes[match[2]!.toLowerCase() || unit]! : NaN;
  if (!Number.isSafeInteger(bytes) || bytes === 0 || bytes % PAGE_BYTES !== 0) {
    throw new UserError(`a size is a number of ${unit ? "MiB" : "bytes"}, or one with k, M or G, of whole pages`);
  }
  return bytes;
}

/** "on" or "off", as QEMU's flags are written. */
export function flag(name: string, value: string): boolean {
  if (value === "on" || value === "yes" || value === "true") return true;
  if (value === "off" || value === "no" || value === "false") return false;
  throw new UserError(`parameter '${name}' expects 'on' or 'off'`);
}

/** Checks a property that can only say how things are here. Throws a UserError that tells unknown, wrong and absent apart. */
export function settle(owner: string, known: Settings, name: string, given: string): void {
  const setting = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!setting) throw new UserError(`${owner} has no property '${name}'`);
  const { values, only = values } = setting;
  const isFlag = values.includes("on");
  const value = !isFlag ? given : /^(yes|true)$/.test(given) ? "on" : /^(no|false)$/.test(given) ? "off" : given;
  const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(" or ");
  if (!values.includes(value)) throw new UserError(`parameter '${name}' expects ${quoted(values)}`);
  if (!only.includes(value)) throw new UserError(`${name}=${given} is not available here; only ${quoted(only)} is`);
}

/** A number of the decimal digits. */
export function parseNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new UserError(`parameter '${name}' expects a number`);
  return Number(value);
}

/** A number of decimal or, after 0x, hexadecimal digits. */
export function parseInteger(name: string, value: string): number {
  if (!/^(\d{1,9}|0x[\da-f]{1,8})$/i.test(value)) throw new UserError(`parameter '${name}' expects a number`);
  return Number(value);
}

/** "a,b=c,d" as names and values; ",," is a comma in a value. `implied` is the name that a first word without "=" is for. */
export function splitList(text: string, implied: string): Map<string, string> {
  const parts = text.replaceAll(",,", "\0").split(",");
  return new Map(
    parts.map((part, index): [string, string] => {
      const equals = part.indexOf("=");
      const [name, value] = equals < 0 ? [part, "on"] : [part.slice(0, equals), part.slice(equals + 1)];
      return index === 0 && equals < 0 ? [implied, part.replaceAll("\0", ",")] : [name, value.replaceAll("\0", ",")];
    }),
  );
}

/**
 * An option's properties, with those that it was given before: as QEMU does with -icount, -m, -name, -rtc and -smp.
 * Throws a UserError for names that are not `known`.
 */
export function mergeList(
  lists: Map<string, Map<string, string>>,
  option: string,
  text: string,
  known: readonly string[],
): ReadonlyMap<string, string> {
  const merged = new Map(lists.get(option));
  for (const [name, value] of splitList(text, known[0]!)) {
    if (!known.includes(name)) throw new UserError(`invalid parameter '${name}'`);
    merged.set(name, value);
  }
  lists.set(option, merged);
  return merged;
}

/**
 * "a,b=c,d": comma-separated settings; ",," is a comma in a value. The first word without "=" is `first`. Only
 * `known` names are taken; `implied` is the name that the first word stands for.
 */
export function parseList(
  text: string,
  known: readonly string[],
  implied?: string,
): { readonly first: string | undefined; readonly properties: ReadonlyMap<string, string> } {
  const parts = text.replaceAll(",,", "\0").split(",");
  let first: string | undefined;
  const properties = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? "on" : part.slice(equals + 1).replaceAll("\0", ",");
    if (index === 0 && equals < 0 && implied !== undefined) first = part.replaceAll("\0", ",");
    else if (!known.includes(name)) throw new UserError(`invalid parameter '${name}'`);
    else properties.set(name, value);
  }
  return { first, properties };
}
