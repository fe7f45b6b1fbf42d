// Generates the interpreter's WebAssembly asset from the compiled descriptions: `npm run build:interpreter`.
// @ts-check
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "./support/build.mjs";
import { root, runNode } from "./support/process.mjs";

if (!runNode("node_modules/typescript/bin/tsc", ["-b", "src/engine", "src/isa/arm64"])) process.exit(1);
const { buildInterpreter } = await import("../build/src/engine/interpreter.js");
const { arm64 } = await import("../build/src/isa/arm64/index.js");

const start = performance.now();
const { wasm, handlers } = buildInterpreter(arm64, { optimize: true });
mkdirSync(join(root, "build"), { recursive: true });
writeFileSync(join(root, interpreter), wasm);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.error(`interpreter: ${handlers} handlers, ${(wasm.length / 1024).toFixed(0)} KB, ${seconds} s`);
