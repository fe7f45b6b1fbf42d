import type { WatchKind } from "../../../machine/index.ts";
import { type Client, type Handler, INVALID, OK, parseRange, type Reply } from "../client.ts";

/** Z2 to Z4. */
const watchKinds: readonly WatchKind[] = ["write", "read", "access"];
const LONGEST_WATCH = 0x10000;

/** gdb shows no error text here, and guesses that there are too many: the machine's own console has the reason. */
function refuse(client: Client, message: string): Reply {
  client.target.host.message(`gdb: ${message}`);
  return `E.${message}`;
}

/** TYPE,ADDRESS,KIND: a breakpoint's kind is its length, which does not matter; a watchpoint's is its size in bytes. */
function change(client: Client, args: string, add: boolean): Reply {
  if (!/^[0-4],/.test(args)) return "";
  const type = Number(args[0]);
  const range = parseRange(args.slice(2).split(";")[0]!);
  if (!range) return INVALID;
  const { address, length } = range;
  const { hits } = client;
  if (type < 2) {
    const kind = type === 0 ? "software" : "hardware";
    if (add) hits.addBreakpoint(address, kind);
    else hits.removeBreakpoint(address, kind);
    return OK;
  }
  if (length < 1) return INVALID;
  if (length > LONGEST_WATCH)
    return refuse(client, `a watched range has at most ${LONGEST_WATCH} bytes, not ${length}`);
  const exists = (1n << 64n) - address;
  const cut = exists < BigInt(length);
  const watchpoint = { kind: watchKinds[type - 2]!, address, length: cut ? Number(exists) : length };
  if (add && cut)
    client.notice = `${client.notice ?? ""}of the range at 0x${address.toString(16)}, the ${exists} bytes up to the last address are watched\n`;
  if (add) hits.addWatchpoint(watchpoint);
  else hits.removeWatchpoint(watchpoint);
  return OK;
}

export const breakpoints: readonly (readonly [prefix: string, Handler])[] = [
  ["Z", (client, args) => change(client, args, true)],
  ["z", (client, args) => change(client, args, false)],
];
