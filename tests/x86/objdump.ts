import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../differential/toolchain.ts";

const SLOT_BYTES = 32;
const NOP = 0x90;
const machines = { 16: "i8086", 32: "i386", 64: "x86-64" } as const;

/** What GNU objdump makes of the instruction that bytes begin with; undefined where it is bad, or only a prefix. */
export interface Listed {
  readonly length: number;
  readonly text: string;
}

/** Of each by itself, at most 16 bytes of them, in code of a size. */
export function objdump(bits: 16 | 32 | 64, all: readonly Uint8Array[]): Promise<(Listed | undefined)[]> {
  return withFolder((folder) => {
    const file = join(folder, "code");
    const bytes = new Uint8Array(all.length * SLOT_BYTES).fill(NOP);
    all.forEach((one, n) => bytes.set(one, n * SLOT_BYTES));
    writeFileSync(file, bytes);
    const options = ["-D", "-w", "-z", "-b", "binary", "-m", "i386", "-M", machines[bits], file];
    const text = execFileSync("objdump", options, { encoding: "utf8", maxBuffer: 1 << 30 });
    const listed = new Map<number, Listed>();
    for (const [, at, code, line] of text.matchAll(/^ *([0-9a-f]+):\t((?:[0-9a-f]{2} )+) *(?:\t(.*))?$/gm))
      listed.set(parseInt(at!, 16), { length: code!.length / 3, text: (line ?? "").trim() });
    return all.map((_, n) => whole(listed.get(n * SLOT_BYTES)));
  });
}

const PREFIXES = /^(?:(?:data16|addr16|addr32|data32|lock|repz|repnz|rex(?:\.[WRXB]+)?|[cdefgs]s) *)+$/;

function whole(found: Listed | undefined): Listed | undefined {
  return found === undefined || found.text.includes("(bad)") || PREFIXES.test(found.text) ? undefined : found;
}
