import { UserError } from "../../base/index.ts";
import { registerNamed } from "../../machine/index.ts";
import type { Context } from "./command.ts";

const MASK = (1n << 64n) - 1n;

/** An address: numbers, $registers and kernel symbols, joined by + and -. */
export function evaluate(context: Context, text: string): bigint {
  const terms = text.match(/[+-]?[^+-]+/g);
  if (!terms || terms.join("") !== text) throw new UserError(`'${text}' is not an address`);
  let sum = 0n;
  for (const term of terms) {
    const negative = term.startsWith("-");
    const value = evaluateTerm(context, term.replace(/^[+-]/, ""));
    sum += negative ? -value : value;
  }
  return sum & MASK;
}

function evaluateTerm(context: Context, term: string): bigint {
  if (/^(0x[0-9a-f]+|[0-9]+)$/i.test(term)) return BigInt(term);
  const { debug } = context.session.machine;
  if (term.startsWith("$")) {
    const found = registerNamed(debug, term.slice(1));
    // Where the code is, whatever its registers count from.
    if (!found && term === "$pc") return context.session.machine.pc;
    if (!found) throw new UserError(`there is no register '${term}'`);
    return debug.readRegister(found.number).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) & MASK;
  }
  const address = context.target.symbols()?.find(term);
  if (address === undefined) {
    throw new UserError(
      `'${term}' is neither a number, a $register nor one of the kernel's own symbols, which usually hold functions only`,
    );
  }
  return address;
}
