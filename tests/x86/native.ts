import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../tools/support/process.mjs";
import { withFolder } from "../differential/toolchain.ts";
import { type Case, type Outcome, readOutcomes, writeCases } from "./case.ts";

/** How programs of 64 and of 32 bits are made and run: natively, where the host is such a machine. */
const targets = {
  64:
    process.arch === "x64"
      ? { compiler: ["gcc"], run: [] }
      : { compiler: ["x86_64-linux-gnu-gcc"], run: ["qemu-x86_64"] },
  // Not every kernel runs 32-bit code.
  32: { compiler: process.arch === "x64" ? ["gcc", "-m32"] : ["i686-linux-gnu-gcc"], run: ["qemu-i386"] },
} as const;

/** What the reference processor makes of cases, each by itself: the host's own for 64-bit code. */
export async function runNative(arena: Uint8Array, cases: readonly Case[]): Promise<Outcome[]> {
  const outcomes = new Map<Case, Outcome>();
  for (const bits of [64, 32] as const) {
    const own = cases.filter(({ long }) => long === (bits === 64));
    if (own.length === 0) continue;
    const results = await runProgram(bits, writeCases(arena, own));
    own.forEach((one, n) => outcomes.set(one, results[n]!));
  }
  return cases.map((one) => outcomes.get(one)!);
}

function runProgram(bits: 32 | 64, cases: Uint8Array): Promise<Outcome[]> {
  return withFolder((folder) => {
    const path = (name: string): string => join(folder, name);
    const { compiler, run } = targets[bits];
    const [command, ...options] = [
      ...compiler,
      "-O2",
      "-static",
      "-o",
      path("native"),
      join(root, "tests/x86/native/native.c"),
    ];
    execFileSync(command, options);
    writeFileSync(path("cases"), cases);
    const [program, ...words] = [...run, path("native"), path("cases"), path("results")];
    execFileSync(program!, words);
    return readOutcomes(new Uint8Array(readFileSync(path("results"))));
  });
}
