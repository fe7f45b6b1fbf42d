import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../tools/support/process.mjs";
import { type Case, type Outcome, readOutcomes, writeCases } from "./case.ts";

/**
 * How programs of 64 and of 32 bits are made and run: natively, where the host is such a machine. At a high address, as
 * the heap of others may come to lie where cases are.
 */
const targets = {
  64:
    process.arch === "x64"
      ? { compiler: ["gcc", "-static-pie"], run: [] }
      : { compiler: ["x86_64-linux-gnu-gcc", "-static-pie"], run: ["qemu-x86_64"] },
  // Not every kernel runs 32-bit code.
  32: {
    compiler: process.arch === "x64" ? ["gcc", "-m32", "-static"] : ["i686-linux-gnu-gcc", "-static"],
    run: ["qemu-i386"],
  },
} as const;

/** A program of ours for the reference processor: the host's own for 64-bit code. */
export class NativeProgram {
  private readonly folder = mkdtempSync(join(tmpdir(), "x86-rows-"));
  private onHost32: boolean | undefined;

  /** `name`: of its source in `native/`. `host32`: 32-bit code runs on the host's processor, too, where its kernel lets it. */
  constructor(
    private readonly name: string,
    private readonly host32 = false,
  ) {}

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** What it writes for what it reads. */
  run(bits: 32 | 64, input: Uint8Array): Uint8Array {
    const [from, to] = ["cases", "results"].map((name) => join(this.folder, name));
    writeFileSync(from!, input);
    const emulator = bits === 32 && this.host32 && this.hostRuns32() ? [] : targets[bits].run;
    const [first, ...words] = [...emulator, this.program(bits), from!, to!];
    execFileSync(first!, words);
    return new Uint8Array(readFileSync(to!));
  }

  /** It says how it is used, and fails; a kernel that does not know such programs does not start it. */
  private hostRuns32(): boolean {
    return (this.onHost32 ??= process.arch === "x64" && spawnSync(this.program(32)).status === 1);
  }

  private program(bits: 32 | 64): string {
    const path = join(this.folder, `${this.name}-${bits}`);
    if (existsSync(path)) return path;
    const [command, ...options] = [...targets[bits].compiler];
    execFileSync(command!, [...options, "-O2", "-o", path, join(root, `tests/x86/native/${this.name}.c`)]);
    return path;
  }
}

/** Single instructions on the reference processor. */
export class Native {
  private readonly program = new NativeProgram("native");

  close(): void {
    this.program.close();
  }

  /** What it makes of cases, each by itself. */
  run(arena: Uint8Array, cases: readonly Case[]): Outcome[] {
    const outcomes = new Map<Case, Outcome>();
    for (const bits of [64, 32] as const) {
      const own = cases.filter(({ alike, long }) => (long || alike === true) === (bits === 64));
      if (own.length === 0) continue;
      const results = readOutcomes(this.program.run(bits, writeCases(arena, own)));
      own.forEach((one, n) => outcomes.set(one, results[n]!));
    }
    return cases.map((one) => outcomes.get(one)!);
  }
}
