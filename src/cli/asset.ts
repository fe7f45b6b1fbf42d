import { readFile } from "node:fs/promises";

/** Compiles a WebAssembly file beside the code. */
export async function compileAsset(url: URL): Promise<WebAssembly.Module> {
  return WebAssembly.compile(new Uint8Array(await readFile(url)));
}
