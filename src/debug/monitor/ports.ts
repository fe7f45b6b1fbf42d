import { hexDigits, UserError } from "../../base/index.ts";
import { type DebuggerEdit, PORTS, type PortSize, portSizes } from "../../hardware/index.ts";
import { editMachine } from "../actions.ts";
import type { Command, Context } from "./command.ts";
import { evaluate } from "./expression.ts";
import { parseFormat } from "./memory.ts";

/** QEMU's letters for the port of an access, by its size. */
const suffixes: Readonly<Record<PortSize, string>> = { 1: "b", 2: "w", 4: "l" };

/** Numbers that are too large for a port or for an access lose their high bits, as on QEMU. */
function number(context: Context, text: string): number {
  const value = evaluate(context, text);
  if (value >= 2n ** 32n) throw new UserError(`'${text}' has more than 32 bits`);
  return Number(value);
}

const port = (context: Context, text: string): number => number(context, text) % PORTS;

/** The size of an access, and what stands behind it. */
function readFormat(args: readonly string[]): { readonly size: PortSize; readonly rest: readonly string[] } {
  const given = args[0]?.startsWith("/") === true;
  const format = parseFormat(given ? args[0]!.slice(1) : "");
  const size = portSizes.find((each) => each === format.size);
  if (!size || format.count > 1) throw new UserError("a port is accessed once, as b, h or w");
  return { size, rest: args.slice(given ? 1 : 0) };
}

/** One after the other; resolves to what the user should know of them. */
async function access({ session, target }: Context, edits: readonly DebuggerEdit[]): Promise<string> {
  if (!session.machine.ioPorts) throw new UserError("this machine has no I/O ports");
  const inHistory = session.branchedAt === undefined;
  await editMachine(target, edits);
  if (!inHistory || session.branchedAt === undefined) return "";
  return (
    `a throw-away branch goes on from position ${session.branchedAt}, and recorded history stays as it is: ` +
    "'branch_end' goes back to it, 'branch NAME' keeps the branch as a recording\n"
  );
}

/** `i`: [/FMT] PORT[.INDEX]; with an index, that is written to the port first, and the one behind it is read. */
async function read(context: Context, args: readonly string[]): Promise<string> {
  const { size, rest } = readFormat(args);
  const [address = "", index, ...more] = rest.join("").split(".");
  if (address === "" || more.length > 0) throw new UserError("one port is needed");
  const named = port(context, address);
  const select = { kind: "write-port", port: named, size: 1 } as const;
  const selects = index === undefined ? [] : [{ ...select, value: number(context, index) % 2 ** 8 }];
  const from = (named + selects.length) % PORTS;
  const told = await access(context, [...selects, { kind: "read-port", port: from, size }]);
  const { lastRead } = context.session.machine.ioPorts!;
  return `port${suffixes[size]}[0x${hexDigits(from, 4)}] = 0x${hexDigits(lastRead, 2 * size)}\n${told}`;
}

/** `o`: [/FMT] PORT VALUE */
function write(context: Context, args: readonly string[]): Promise<string> {
  const { size, rest } = readFormat(args);
  const [address, typed] = rest;
  if (address === undefined || typed === undefined) throw new UserError("a port and a value are needed");
  const value = number(context, typed) % 2 ** (8 * size);
  return access(context, [{ kind: "write-port", port: port(context, address), size, value }]);
}

export const ports: readonly Command[] = [
  {
    name: "i",
    args: "PORT",
    line: true,
    takesFormat: true,
    moves: true,
    help: "read an I/O port, as an instruction would: an edit of history; FMT is b, h or w",
    run: read,
  },
  {
    name: "o",
    args: "PORT VALUE",
    takesFormat: true,
    moves: true,
    help: "write to an I/O port, as an instruction would",
    run: write,
  },
];
