// Generates each guest's interpreter, a WebAssembly asset, from the compiled descriptions: `npm run build:interpreter`.
// @ts-check
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./support/arguments.mjs";
import { interpreterOf, interpreterSources } from "./support/build.mjs";
import { root, runNode } from "./support/process.mjs";

readArguments("npm run build:interpreter: makes build/interpreter-GUEST.wasm of every board's guest");
if (!runNode("node_modules/typescript/bin/tsc", ["-b", "src/machine"])) process.exit(1);
const { buildInterpreter } = await import("../build/src/engine/interpreter/interpreter.js");
const { boards } = await import("../build/src/machine/index.js");

mkdirSync(join(root, "build"), { recursive: true });
for (const guest of new Set(boards.all.map(({ guest }) => guest))) {
  const start = performance.now();
  const { wasm, handlers } = buildInterpreter(guest, { optimize: true, sources: sourcesHash(guest.name) });
  writeFileSync(join(root, interpreterOf(guest.name)), wasm);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(
    `interpreter of ${guest.name}: ${handlers} handlers, ${(wasm.length / 1024).toFixed(0)} KB, ${seconds} s`,
  );
}

/** Of all that decides what the interpreter and translated code are: what is kept of other sources is not used. @param {string} guest */
function sourcesHash(guest) {
  const hash = createHash("sha256").update(guest);
  const files = interpreterSources.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(root, folder, file)),
  );
  for (const file of files.filter((file) => /(?<!\.test)\.ts$/.test(file)).sort()) hash.update(readFileSync(file));
  hash.update(readFileSync(join(root, "node_modules/binaryen/package.json")));
  return hash.digest("hex").slice(0, 16);
}
