// Writes docs/generated/coverage.md: `npm run coverage`.
import { mkdirSync, writeFileSync } from "node:fs";
import { coveragePage } from "../../tests/differential/coverage.ts";

mkdirSync("docs/generated", { recursive: true });
writeFileSync("docs/generated/coverage.md", coveragePage());
