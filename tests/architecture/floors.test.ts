import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Height of each floor; imports point strictly downwards. */
const heights: Record<string, number> = {
  base: 0,
  api: 1,
  isa: 1,
  "isa/arm64": 2,
  "isa/x86": 2,
  wasm: 2,
  hardware: 2,
  storage: 2,
  "storage/indexeddb": 3,
  "storage/directory": 3,
  engine: 3,
  machine: 4,
  timetravel: 5,
  debug: 6,
  worker: 7,
  cli: 8,
  ui: 2,
  app: 9,
};
const floors = Object.keys(heights);

function references(floor: string): string[] {
  const config = JSON.parse(readFileSync(join(root, "src", floor, "tsconfig.json"), "utf8")) as {
    references: { path: string }[];
  };
  return config.references.map(({ path }) => normalize(join(floor, path)));
}

describe("floors", () => {
  it("are all built by the root project", () => {
    const config = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as { references: { path: string }[] };
    expect(config.references.map(({ path }) => path.replace("src/", "")).sort()).toEqual([...floors].sort());
  });

  it.each(floors)("%s refers only to lower ones", (floor) => {
    for (const other of references(floor)) {
      expect(floors).toContain(other);
      expect(heights[other], other).toBeLessThan(heights[floor]!);
    }
  });

  it("keeps the page apart from the machine", () => {
    expect(references("ui").sort()).toEqual(["api", "base"]);
  });
});

describe("the compiler", () => {
  const tree = mkdtempSync(join(tmpdir(), "floors-"));
  afterAll(() => rmSync(tree, { recursive: true }));
  cpSync(join(root, "tsconfig.base.json"), join(tree, "tsconfig.base.json"));
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  for (const floor of floors) {
    mkdirSync(join(tree, "src", floor), { recursive: true });
    cpSync(join(root, "src", floor, "tsconfig.json"), join(tree, "src", floor, "tsconfig.json"));
    writeFileSync(join(tree, "src", floor, "index.ts"), "export const here = 1;\n");
  }
  cpSync(join(root, "src/base/platform.d.ts"), join(tree, "src/base/platform.d.ts"));

  /** What tsc says of a floor that holds this file; empty when it compiles. */
  function compile(floor: string, code: string): string {
    const probe = join(tree, "src", floor, "probe.ts");
    writeFileSync(probe, code);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(process.execPath, [tsc, "-b", dirname(probe)], { encoding: "utf8" });
    rmSync(probe);
    return stdout;
  }
  const importing = (floor: string, other: string): string =>
    `import { here } from "${relative(floor, other)}/index.ts";\nexport const there = here;\n`;

  it("accepts an import of a lower floor", () => {
    expect(compile("isa", importing("isa", "base"))).toBe("");
  });

  it.each([
    ["base", "ui"],
    ["engine", "machine"],
    ["ui", "timetravel"],
  ])("refuses an import from %s up to %s", (floor, other) => {
    expect(existsSync(join(tree, "src", other))).toBe(true);
    expect(compile(floor, importing(floor, other))).toMatch(/TS6307|TS6059/);
  });

  it("knows no document and no timers below the page", () => {
    expect(compile("base", "document.title; setTimeout(() => {}, 0);\n")).toMatch(/'document'[^]*'setTimeout'/);
  });
});
