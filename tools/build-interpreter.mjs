// Generates the interpreter's WebAssembly asset from the compiled descriptions: `npm run build:interpreter`.
// @ts-check
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./support/arguments.mjs";
import { interpreter, interpreterSources } from "./support/build.mjs";
import { root, runNode } from "./support/process.mjs";

readArguments("npm run build:interpreter: makes build/interpreter-arm64.wasm");
if (!runNode("node_modules/typescript/bin/tsc", ["-b", "src/engine", "src/isa/arm64"])) process.exit(1);
const { buildInterpreter } = await import("../build/src/engine/interpreter/interpreter.js");
const { arm64 } = await import("../build/src/isa/arm64/index.js");

const start = performance.now();
const { wasm, handlers } = buildInterpreter(arm64, { optimize: true, sources: sourcesHash() });
mkdirSync(join(root, "build"), { recursive: true });
writeFileSync(join(root, interpreter), wasm);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.error(`interpreter: ${handlers} handlers, ${(wasm.length / 1024).toFixed(0)} KB, ${seconds} s`);

/** Of all that decides what the interpreter and translated code are: what is kept of other sources is not used. */
function sourcesHash() {
  const hash = createHash("sha256");
  const files = interpreterSources.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(root, folder, file)),
  );
  for (const file of files.filter((file) => /(?<!\.test)\.ts$/.test(file)).sort()) hash.update(readFileSync(file));
  hash.update(readFileSync(join(root, "node_modules/binaryen/package.json")));
  return hash.digest("hex").slice(0, 16);
}
