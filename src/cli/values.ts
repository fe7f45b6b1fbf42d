import { UserError } from "../base/index.ts";

const suffixes: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const PAGE_BYTES = 4096;

/** "512", "512M", "1G", "size=256M": bytes. */
export function parseMemory(text: string): number {
  const match = /^(?:size=)?(\d+)([kmgt]?)b?$/i.exec(text);
  const bytes = match ? Number(match[1]) * suffixes[match[2]!.toLowerCase() || "m"]! : NaN;
  if (!Number.isSafeInteger(bytes) || bytes === 0 || bytes % PAGE_BYTES !== 0) {
    throw new UserError("a size is a number of MiB, or one with k, M or G, of whole pages");
  }
  return bytes;
}

/** "on" or "off", as QEMU's flags are written. */
export function flag(name: string, value: string): boolean {
  if (value === "on" || value === "yes" || value === "true") return true;
  if (value === "off" || value === "no" || value === "false") return false;
  throw new UserError(`parameter '${name}' expects 'on' or 'off'`);
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
