import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

// The probes are no files of a project: nothing that asks for types.
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked });

/** The rules that a line of code breaks in a file of that name. */
async function broken(filePath: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath });
  return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId ?? "parse error"));
}

it.each([
  "base",
  "isa/arm64",
  "isa/x86",
  "wasm",
  "hardware/devices/pl031",
  "engine",
  "machine/virt",
  "timetravel",
  "debug/gdb",
])("keeps time and randomness out of src/%s", async (floor) => {
  const file = `src/${floor}/probe.ts`;
  for (const code of [
    "Date.now();",
    "new Date();",
    "performance.now();",
    "setTimeout(() => {}, 0);",
    "crypto.randomUUID();",
  ]) {
    expect(await broken(file, code), code).toContain("no-restricted-globals");
  }
  expect(await broken(file, "export const seed = Math.random();")).toContain("no-restricted-properties");
});

it("leaves the host its clock", async () => {
  expect(await broken("src/cli/probe.ts", "export const now = Date.now();")).toEqual([]);
});

it("keeps host-dependent functions out of what the guest sees", async () => {
  for (const floor of ["isa/arm64", "engine", "hardware"]) {
    expect(await broken(`src/${floor}/probe.ts`, "export const y = Math.sin(1);")).toContain(
      "no-restricted-properties",
    );
    expect(await broken(`src/${floor}/probe.ts`, "export const y = Math.sqrt(2);")).toEqual([]);
  }
});

it("keeps devices from writing and reading their bytes themselves", async () => {
  for (const code of [
    "export class A { save(): void {} }",
    "export class A { load = (): void => {}; }",
    "export class A { override reset(): void {} }",
    "export const a = { save: () => {} };",
    "export function load(): void {}",
    "export const save = () => {};",
    'import type { ByteWriter as W } from "../../../base/index.ts";\nexport type A = W;',
  ])
    expect(await broken("src/hardware/devices/pl031/probe.ts", code), code).toContain("no-restricted-syntax");
  expect(await broken("src/hardware/devices/pl031/probe.ts", "export class A { afterLoad(): void {} }")).toEqual([]);
});

it("lets only src/wasm import binaryen", async () => {
  const code = 'import binaryen from "binaryen";\nexport default binaryen;';
  expect(await broken("src/engine/probe.ts", code)).toContain("no-restricted-imports");
  expect(await broken("src/cli/probe.ts", code)).toContain("no-restricted-imports");
  expect(await broken("src/wasm/probe.ts", code)).toEqual([]);
});

it("lets only one file import @noble/hashes", async () => {
  const code = 'export { sha256 } from "@noble/hashes/sha2.js";';
  expect(await broken("src/timetravel/probe.ts", code)).toContain("no-restricted-imports");
  expect(await broken("src/wasm/probe.ts", code)).toContain("no-restricted-imports");
  expect(await broken("src/base/sha256.ts", code)).toEqual([]);
});

it("knows no import cycles, not of types either", () => {
  const folder = mkdtempSync(join(tmpdir(), "cycles-"));
  /** What oxlint says of two files. */
  const said = (a: string, b: string): string => {
    writeFileSync(join(folder, "a.ts"), a);
    writeFileSync(join(folder, "b.ts"), b);
    const args = [join(root, "node_modules/oxlint/bin/oxlint"), "-c", join(root, ".oxlintrc.json"), folder];
    return spawnSync(process.execPath, args, { encoding: "utf8" }).stdout;
  };
  try {
    const a = 'import type { B } from "./b.ts";\nexport type A = B[];\n';
    expect(said(a, "export type B = 1;\n")).toContain("0 errors");
    expect(said(a, 'import type { A } from "./a.ts";\nexport type B = A | 1;\n')).toContain("import(no-cycle)");
    expect(said(a, 'import { type A } from "./a.ts";\nexport type B = A | 1;\n')).toContain("import(no-cycle)");
    expect(said(a, 'export { type A } from "./a.ts";\nexport type B = 1;\n')).toContain("import(no-cycle)");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
