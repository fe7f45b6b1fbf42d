// Writes docs/generated/coverage.md: `npm run coverage`.
import { mkdirSync, writeFileSync } from "node:fs";
import { readArguments } from "../support/arguments.mjs";
import { coveragePage } from "../../tests/differential/coverage.ts";

readArguments("npm run coverage: writes docs/generated/coverage.md");
mkdirSync("docs/generated", { recursive: true });
writeFileSync("docs/generated/coverage.md", coveragePage());
