import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The command line keeps translated code in the user's cache: tests have one of their own.
const cache = mkdtempSync(join(tmpdir(), "hindsight-cache-"));
process.on("exit", () => rmSync(cache, { recursive: true, force: true }));

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    env: { XDG_CACHE_HOME: cache },
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
