import { hex, hexDigits, UserError } from "../../base/index.ts";
import { CONSOLE_PORT } from "../../machine/index.ts";
import type { LastWrite } from "../../timetravel/index.ts";
import { type Command, type Context, parseCount } from "./command.ts";
import { evaluate } from "./expression.ts";

const LONGEST_WRITE = 4096;
const MOST_FOUND = 20;

/** Little-endian up to eight bytes, else as they lie. */
function show(bytes: Uint8Array): string {
  if (bytes.length > 8)
    return Array.from(bytes.subarray(0, 16), (byte) => hexDigits(byte, 2)).join(" ") + (bytes.length > 16 ? " …" : "");
  return "0x" + hex(bytes.slice().reverse());
}

function describe({ target }: Context, where: string, write: LastWrite): string {
  const { position, pc, by, before, after } = write;
  const name = target.symbols()?.describe(pc);
  const place = `pc 0x${pc.toString(16)}${name === undefined ? "" : ` <${name}>`}`;
  const who = by === "instruction" ? place : `a ${by}, at ${place}`;
  return `${where} was last written at position ${position} by ${who}\nold ${show(before)}\nnew ${show(after)}`;
}

async function lastWrite(context: Context, args: readonly string[]): Promise<string> {
  const isPhysical = args[0]?.startsWith("/") === true;
  if (isPhysical && args[0] !== "/p")
    throw new UserError(`'${args[0]}': the only option is /p, for a physical address`);
  const [address, length = "1"] = isPhysical ? args.slice(1) : args;
  if (address === undefined) throw new UserError("an address is needed, and perhaps a length");
  const bytes = parseCount(length, "the length");
  if (bytes < 1 || bytes > LONGEST_WRITE) throw new UserError(`the length is 1 to ${LONGEST_WRITE}`);
  const { session, target } = context;
  const va = evaluate(context, address);
  const { machine } = session;
  const where = `${isPhysical ? "physical " : ""}0x${va.toString(16)}`;
  const physicalOf = (at: bigint): number | undefined => (isPhysical ? Number(at) : machine.debug.translate(at));
  const physical = physicalOf(va);
  const last = physicalOf(va + BigInt(bytes - 1));
  if (physical === undefined || last !== physical + bytes - 1)
    throw new UserError(`${where} is not mapped to RAM in one piece`);
  if (!Number.isSafeInteger(last) || !machine.readPhysical(physical, bytes)) throw new UserError(`${where} is not RAM`);
  const write = await target.control.pause(() => session.lastWrite(physical, bytes));
  return write ? describe(context, where, write) : `${where} was not written since power-on`;
}

/** Lines of the console that show a text, each with the position that completed the text. */
async function findConsole({ session, target, rest }: Context): Promise<string> {
  const text = rest.replace(/^"(.*)"$/, "$1");
  if (text === "") throw new UserError("a text is needed");
  if (session.indexedTo < session.end && !(await target.control.pause(() => session.index())))
    throw new UserError(`interrupted: the console is known up to position ${session.indexedTo}`);
  const { bytes, positions } = session.outputSince(CONSOLE_PORT, 0);
  // One character for each byte, so that places are the same.
  const latin = (from: Uint8Array): string => Array.from(from, (byte) => String.fromCharCode(byte)).join("");
  const [console, wanted] = [latin(bytes), latin(new TextEncoder().encode(text))];
  const found: string[] = [];
  let count = 0;
  for (let at = console.indexOf(wanted); at >= 0; at = console.indexOf(wanted, at + 1)) {
    if (++count > MOST_FOUND) continue;
    const start = console.lastIndexOf("\n", at) + 1;
    const end = console.indexOf("\n", at);
    const line = new TextDecoder().decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    found.push(`position ${positions[at + wanted.length - 1]}: ${printable(line)}`);
  }
  if (count === 0) return `the console does not show '${text}' up to position ${session.indexedTo}`;
  if (count > MOST_FOUND) found.push(`… and ${count - MOST_FOUND} more`);
  return found.join("\n");
}

/** Without what would move the reader's own terminal about. */
function printable(line: string): string {
  return line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/[\x00-\x1f\x7f]/g, "");
}

export const history: readonly Command[] = [
  {
    name: "last-write",
    aliases: ["last_write"],
    takesFormat: true,
    args: "ADDRESS [LENGTH]",
    help: "show when, and by which instruction or device, memory was last written before now; /p: ADDRESS is physical",
    run: lastWrite,
  },
  {
    name: "find-console",
    aliases: ["find_console"],
    args: "TEXT",
    line: true,
    help: "show the positions at which the console showed a text; 'seek' goes there",
    run: findConsole,
  },
];
