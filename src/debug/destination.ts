import { UserError } from "../base/index.ts";
import { CONSOLE_PORT } from "../machine/index.ts";
import type { Session } from "../timetravel/index.ts";
import type { DebugTarget } from "./target.ts";

/** Where someone wants to go in history, as it was typed into the page or behind the monitor's `seek`. */
export type Destination =
  | { readonly kind: "position"; readonly position: number }
  | { readonly kind: "distance"; readonly steps: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  /** Virtual nanoseconds since power-on. */
  | { readonly kind: "time"; readonly ns: number }
  /** The time that the guest's kernel printed before a line of its log, in its microseconds. */
  | { readonly kind: "log-time"; readonly us: number; readonly text: string }
  | { readonly kind: "symbol"; readonly name: string; readonly offset: bigint }
  | { readonly kind: "address"; readonly address: bigint };

const nsOf: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, μs: 1e3, ns: 1 };

/** Digits in threes, joined as the page, a programmer or a Frenchman does. */
const grouped = /^\d{1,3}(?:[,_\s]\d{3})+$/;

/**
 * Reads a destination. Rejects what could be read in two ways ("12,5", "1.289.200") with a UserError, too. A hex number
 * is a position, like everywhere in the monitor, unless it is too large for one: then it is an address.
 */
export function parseDestination(typed: string): Destination {
  const text = typed.trim();
  if (text === "start" || text === "end") return { kind: text };
  const sign = text[0] === "+" ? 1 : text[0] === "-" ? -1 : 0;
  const steps = sign === 0 ? undefined : count(text.slice(1).trim(), "a distance");
  if (steps !== undefined) return { kind: "distance", steps: sign * steps };
  if (/^0x[0-9a-f]{1,16}$/i.test(text) && BigInt(text) > BigInt(Number.MAX_SAFE_INTEGER))
    return { kind: "address", address: BigInt(text) };
  const position = count(text, "a position");
  if (position !== undefined) return { kind: "position", position };
  const time = nanoseconds(text);
  if (time !== undefined) return { kind: "time", ns: time };
  // A whole line of the log may be pasted.
  const stamp = /^\[\s*(\d+\.\d+)\]/.exec(text)?.[1] ?? /^\d+\.\d+$/.exec(text)?.[0];
  if (stamp !== undefined) return { kind: "log-time", us: safe(Math.round(Number(stamp) * 1e6), stamp), text: stamp };
  const symbol = /^([A-Za-z_.][\w.$]*)(?:\s*([+-])\s*(0x[0-9a-f]{1,16}|\d{1,18}))?$/i.exec(text);
  if (symbol === null)
    throw new UserError(`'${text}' is not a position, a time (0.5s), a log line's time (1.2892) or a symbol`);
  const [, name, minus, offset = "0"] = symbol;
  return { kind: "symbol", name: name!, offset: minus === "-" ? -BigInt(offset) : BigInt(offset) };
}

function count(text: string, what: string): number | undefined {
  const digits = grouped.test(text) ? text.replaceAll(/\D/g, "") : text;
  if (!/^(\d+|0x[0-9a-f]+)$/i.test(digits)) return undefined;
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new UserError(`${what} is too large: ${text}`);
  return value;
}

/** "0.5s", "20 ms", and as the page shows it: "0.812345 s", "1:03.204". */
function nanoseconds(text: string): number | undefined {
  const [, minutes, seconds] = /^(\d+):(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  if (minutes !== undefined) return safe(Math.round((Number(minutes) * 60 + Number(seconds)) * 1e9), text);
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(s|ms|us|µs|μs|ns)$/.exec(text) ?? [];
  return amount === undefined ? undefined : safe(Math.round(Number(amount) * nsOf[unit!]!), text);
}

function safe(value: number, text: string): number {
  if (!Number.isSafeInteger(value)) throw new UserError(`'${text}' is too long a time`);
  return value;
}

/** The position of a destination that is known without moving; undefined for one that has to be looked for. */
export function positionOf(session: Session, destination: Destination): number | undefined {
  switch (destination.kind) {
    case "position":
      return destination.position;
    case "distance":
      return Math.max(0, session.position + destination.steps);
    case "start":
      return 0;
    case "end":
      return session.end;
    case "log-time":
      // What is not indexed yet may show it.
      return printedAt(session, destination, session.indexedTo < session.end);
    default:
      return undefined;
  }
}

/**
 * Where the console had the first line of the kernel's log that has this time or a later one, whole: there a click on the
 * line goes, too. Undefined when there is none and `more` may come; else throws.
 */
function printedAt(
  session: Session,
  { us, text }: { readonly us: number; readonly text: string },
  more: boolean,
): number | undefined {
  const { bytes, positions } = session.outputSince(CONSOLE_PORT, 0);
  const lines = new TextDecoder("latin1").decode(Uint8Array.from(bytes)).matchAll(/^\[ *(\d+)\.(\d{6})\][^\n]*\n?/gm);
  let last: string | undefined;
  for (const line of lines) {
    if (Number(line[1]) * 1e6 + Number(line[2]) >= us) return positions[line.index + line[0].length - 1]!;
    last = `${line[1]}.${line[2]}`;
  }
  if (more) return undefined;
  const why =
    last === undefined ? "the console shows no line with a kernel's time" : `the kernel's log ends at ${last}`;
  throw new UserError(`${why}; for virtual time, write '${text}s'`);
}

/**
 * Goes to a destination that has to be looked for: a time, a line of the log that is not indexed yet, or the last
 * execution of an instruction before here, else the next one after. Breakpoints do not matter, and stay. The caller has the machine's turn. Resolves to false when the
 * motion was interrupted; rejects, back where it began, when there is no such instant.
 */
export async function search(target: DebugTarget, destination: Destination): Promise<boolean> {
  const { session } = target;
  if (destination.kind === "time") {
    await session.seekTime(destination.ns);
    return session.machine.nowNs >= destination.ns;
  }
  if (destination.kind === "log-time") {
    if (!(await session.index())) return false;
    const position = printedAt(session, destination, false)!;
    await session.seek(position);
    return session.position === position;
  }
  const [address, name] = addressOf(target, destination);
  const from = session.position;
  return target.hits.only(address, async () => {
    const back = await session.runBack();
    if (back.kind !== "history-start") return back.kind === "breakpoint";
    await session.seek(from);
    if (session.position !== from) return false;
    const ahead = await session.run({ until: session.end });
    if (ahead.kind === "breakpoint" || ahead.kind === "interrupted") return ahead.kind === "breakpoint";
    await session.seek(from);
    throw new UserError(`${name} is executed neither before nor after here in what is recorded`);
  });
}

function addressOf(target: DebugTarget, destination: Destination): [address: bigint, name: string] {
  if (destination.kind === "address") return [destination.address, `0x${destination.address.toString(16)}`];
  if (destination.kind !== "symbol") throw new Error(`${destination.kind} needs no search`);
  const { name, offset } = destination;
  const symbols = target.symbols();
  if (symbols === undefined) throw new UserError(`'${name}': no kernel symbols are found in the guest's memory here`);
  const address = symbols.find(name);
  if (address === undefined)
    throw new UserError(`'${name}' is none of the kernel's own symbols, and no position or time (0.5s, 1.2892) either`);
  return [BigInt.asUintN(64, address + offset), symbols.describe(address + offset) ?? name];
}
