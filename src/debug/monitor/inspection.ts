import { UserError } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import { type Command, type Context, single } from "./command.ts";
import { evaluate } from "./expression.ts";
import { formatMemory, formatNumber, parseFormat } from "./memory.ts";

type Reader = (machine: Machine, address: bigint, length: number) => Uint8Array | "changes" | undefined;

const virtual: Reader = (machine, address, length) => {
  const bytes = machine.readVirtual(address, length);
  const device = bytes ? undefined : machine.debug.translate(address);
  return device === undefined ? bytes : peek(machine, device, length);
};
const physical: Reader = (machine, address, length) => {
  if (address > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return machine.readPhysical(Number(address), length) ?? peek(machine, Number(address), length);
};

/** A device's registers, as the CPU's access of that size would read them; 8 bytes are two accesses. */
function peek(machine: Machine, address: number, length: number): Uint8Array | "changes" | undefined {
  const bytes = new Uint8Array(length);
  const unit = Math.min(length, 4);
  if (unit !== 1 && unit !== 2 && unit !== 4) return undefined;
  for (let at = 0; at < length; at += unit) {
    const value = machine.peekDevice(address + at, unit);
    if (typeof value !== "number") return value;
    for (let i = 0; i < unit; i++) bytes[at + i] = Math.floor(value / 2 ** (8 * i));
  }
  return bytes;
}

/** `x` and `xp`: [/FMT] ADDRESS */
function examine(context: Context, args: readonly string[], read: Reader): string {
  const withFormat = args[0]?.startsWith("/");
  const format = parseFormat(withFormat ? args[0]!.slice(1) : "");
  const text = args.slice(withFormat ? 1 : 0).join("");
  if (text === "") throw new UserError("an address is needed");
  const { machine } = context.session;
  const readHere = (address: bigint, length: number): ReturnType<Reader> => read(machine, address, length);
  return formatMemory(format, evaluate(context, text), machine.debug, readHere, context.target.syntax);
}

/** `print`: [/FMT] EXPRESSION */
function print(context: Context, args: readonly string[]): string {
  const withFormat = args[0]?.startsWith("/");
  const { kind } = parseFormat(withFormat ? args[0]!.slice(1) : "");
  const text = args.slice(withFormat ? 1 : 0).join("");
  if (text === "") throw new UserError("an expression is needed");
  return formatNumber(evaluate(context, text), kind);
}

/** `info registers`: [-a|vcpu], and there is one CPU. */
function registers({ session }: Context, args: readonly string[]): string {
  const [which, ...rest] = args;
  if (rest.length > 0 || (which !== undefined && which !== "-a" && !/^\d+$/.test(which)))
    throw new UserError(`'${args.join(" ")}' is neither -a nor the number of a CPU`);
  if (which !== undefined && which !== "-a" && Number(which) !== 0) throw new UserError(`CPU#${which} not available`);
  return `\nCPU#0\n${session.machine.debug.describeRegisters()}`;
}

/** `info device`: the names, or one device's fields. */
function device({ session }: Context, name: string | undefined): string {
  const devices = session.machine.deviceInfo();
  if (name === undefined) return devices.map((each) => each.name).join("\n");
  const found = devices.find((each) => each.name === name);
  if (!found) throw new UserError(`no device '${name}'; 'info device' lists them`);
  return found.lines.join("\n") || `${name} keeps nothing`;
}

/** `set disassembly-flavor`, as gdb calls it. */
function setSyntax({ target, session }: Context, name: string): void {
  const { syntaxes = [] } = session.machine.debug;
  if (syntaxes.length < 2) throw new UserError("this machine's instructions are written in one way only");
  if (!syntaxes.includes(name)) throw new UserError(`'${name}' is not one of ${syntaxes.join(", ")}`);
  target.syntax = name;
}

export const inspection: readonly Command[] = [
  {
    name: "info registers",
    args: "[-a|VCPU]",
    help: "show the CPU's registers; -a: of all CPUs",
    run: registers,
  },
  {
    name: "info device",
    args: "[NAME]",
    help: "show what a device's state is, field by field; without a name, which devices there are",
    run: (context, [name]) => device(context, name),
  },
  {
    name: "x",
    args: "ADDRESS",
    line: true,
    takesFormat: true,
    help: "show virtual memory; FMT is a count, a format of x, d, u, o, c, i and a size of b, h, w, g",
    run: (context, args) => examine(context, args, virtual),
  },
  {
    name: "set disassembly-flavor",
    args: "NAME",
    help: "write instructions in another of the guest's syntaxes, in all monitors",
    run: (context, args) => setSyntax(context, single(args, "the syntax")),
  },
  {
    name: "print",
    aliases: ["p"],
    args: "EXPRESSION",
    line: true,
    takesFormat: true,
    help: "show the value of numbers, $registers and symbols; FMT is x, d, u, o or c",
    run: print,
  },
  {
    name: "xp",
    args: "ADDRESS",
    line: true,
    takesFormat: true,
    help: "the same for physical memory, and for what devices show without being changed by it",
    run: (context, args) => examine(context, args, physical),
  },
];
