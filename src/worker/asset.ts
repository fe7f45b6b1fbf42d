import { UserError } from "../base/index.ts";

/** Compiles a WebAssembly file of the page, while it arrives where the server names its type. */
export async function compileAsset(url: string | URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new UserError(`${new URL(url).pathname} could not be fetched: is the server still running?`);
  // Not every static server knows the type that streaming compilation insists on.
  return response.headers.get("Content-Type")?.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
