import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { interpreterOf } from "../../tools/support/build.mjs";
import { root, stale } from "../../tools/support/process.mjs";

/** The interpreter as it is shipped when that is up to date, else one made from the sources at hand, not optimised. */
export function loadInterpreter(guest: Parameters<typeof buildInterpreter>[0] = arm64): WebAssembly.Module {
  const interpreter = interpreterOf(guest.name);
  const shipped = !stale(interpreter, ["src/base", "src/isa", "src/wasm", "src/engine"]);
  const wasm = shipped ? readFileSync(join(root, interpreter)) : buildInterpreter(guest, { optimize: false }).wasm;
  return new WebAssembly.Module(new Uint8Array(wasm));
}
