import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../tools/support/process.mjs";

/** What a person or npm starts by name; those in TypeScript read their arguments in the same way. */
const programs = [
  ...["bin/hindsight", "bin/hindsight verify", "bin/hindsight-bridge", "bin/hindsight-system-aarch64"],
  ...["bin/hindsight-system-x86_64", "bin/hindsight-system-i386"],
  ...["tools/start.mjs", "tools/build.mjs", "tools/build-interpreter.mjs", "tools/test.mjs", "tools/bench.mjs"],
  ...["tools/guest/index.mjs", "tools/guest/debug-symbols.mjs", "tools/demo/main.mjs", "tools/qemu/main.mjs"],
  "tools/bench/unattended.mjs",
];

function start(program: string, ...args: string[]) {
  const [file = "", ...first] = program.split(" ");
  return spawnSync(process.execPath, [join(root, file), ...first, ...args], { encoding: "utf8", cwd: root });
}

it.each(programs)("%s --help says what it does, and does nothing", { timeout: 60_000 }, (program) => {
  const { status, stdout, stderr } = start(program, "--help");
  expect(stdout).toMatch(/^(usage: |hindsight verify )/);
  expect(stderr.replace(/^compiling\n/, "")).toBe("");
  expect(status).toBe(0);
});

it.each(programs)("%s refuses in one line what it does not know", { timeout: 60_000 }, (program) => {
  const { status, stdout, stderr } = start(program, "--nonsense");
  expect(stdout).toBe("");
  expect(stderr.replace(/^compiling\n/, "")).toMatch(/^.*nonsense.*\n$/);
  expect(status).toBe(1);
});
