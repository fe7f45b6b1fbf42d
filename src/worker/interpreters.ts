import { assert } from "../base/index.ts";
import { compileAsset } from "./asset.ts";

/** The page's asset for each guest: a bundler finds them only where they are named. */
const assets: Readonly<Record<string, URL>> = {
  arm64: new URL("../../build/interpreter-arm64.wasm", import.meta.url),
  x86: new URL("../../build/interpreter-x86.wasm", import.meta.url),
};

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** A guest's interpreter, compiled once for the life of the worker. */
export function loadInterpreter(guest: string): Promise<WebAssembly.Module> {
  const asset = assets[guest];
  assert(asset, `the page has no interpreter of ${guest}`);
  const known = compiled.get(guest);
  if (known) return known;
  const compiling = compileAsset(asset).catch((error: unknown) => {
    compiled.delete(guest);
    throw error;
  });
  compiled.set(guest, compiling);
  return compiling;
}
