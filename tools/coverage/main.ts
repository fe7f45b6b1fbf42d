// Writes docs/generated/coverage.md and coverage-x86.md: `npm run coverage`.
import { mkdirSync, writeFileSync } from "node:fs";
import { readArguments } from "../support/arguments.mjs";
import { coveragePage } from "../../tests/differential/coverage.ts";
import { coveragePage as x86CoveragePage } from "../../tests/x86/coverage.ts";

readArguments("npm run coverage: writes docs/generated/coverage.md and coverage-x86.md");
mkdirSync("docs/generated", { recursive: true });
writeFileSync("docs/generated/coverage.md", coveragePage());
writeFileSync("docs/generated/coverage-x86.md", x86CoveragePage());
