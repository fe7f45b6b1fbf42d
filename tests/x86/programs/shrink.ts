import { CODE_32_FLAT, CODE_64 } from "../../../src/isa/x86/modes.ts";
import { readInstruction } from "../../../src/isa/x86/guest.ts";
import { PLACE } from "../case.ts";
import { initialFpu } from "../fpu-image.ts";
import { textOf } from "./body.ts";
import { assemble, type Program } from "./program.ts";

/** A smaller program that still fails, as small as leaving out one thing after the other makes it. */
export function shrink(program: Program, fails: (program: Program) => boolean, attempts = 400): Program {
  let best = program;
  const accept = (candidate: Program): boolean => {
    if (attempts-- <= 0 || !assemble(candidate) || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  const units = program.blocks.flatMap(({ body, exit }) => [...body, ...exit]);
  const without = (some: readonly (typeof units)[number][]): Program => ({
    ...best,
    without: new Set([...(best.without ?? []), ...some]),
  });
  while (best.fuel > 1 && accept({ ...best, fuel: best.fuel >> 1 }));
  // Halves, quarters and so on, then each by itself.
  for (let size = units.length >> 1; size >= 1; size = size === 1 ? 0 : size >> 1)
    for (let at = units.length - size; at > -size; at -= size) {
      const some = units.slice(Math.max(0, at), at + size).filter((unit) => !best.without?.has(unit));
      if (some.length > 0) accept(without(some));
    }
  while (best.fuel > 1 && accept({ ...best, fuel: best.fuel - 1 }));
  accept({ ...best, before: 0x1000 });
  accept({ ...best, fpu: initialFpu() });
  accept({ ...best, flags: 0x202 });
  best.r.forEach((value, n) => {
    if (value !== 0n && n !== 4) accept({ ...best, r: best.r.with(n, 0n) });
  });
  return best;
}

/** Its instructions, and the registers that it begins with. */
export function describeProgram(program: Program): string {
  const { code, entry, starts, end } = assemble(program)!;
  const lines: string[] = [];
  for (let at = entry; at <= end;) {
    const bytes = code.subarray(at, at + 15);
    const length = readInstruction(bytes, program.long ? CODE_64 : CODE_32_FLAT)?.length ?? 1;
    const label = starts.includes(at) ? "*" : " ";
    const address = PLACE + at;
    const hex = Buffer.from(bytes.subarray(0, length)).toString("hex");
    lines.push(`${label} ${address.toString(16)} ${hex.padEnd(24)} ${textOf(bytes, program.long, BigInt(address))}`);
    at += length;
  }
  const registers = program.r.flatMap((value, n) => (value === 0n ? [] : `r${n}=${value.toString(16)}`)).join(" ");
  return `fuel=${program.fuel} flags=${program.flags.toString(16)} ${registers}\n${lines.join("\n")}`;
}
