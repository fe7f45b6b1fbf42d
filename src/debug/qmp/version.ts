import type { DebugHost } from "../target.ts";
import type { Json } from "./json.ts";

/** The QEMU whose commands these are: clients look at it to know what they may ask for. */
const qemu = { major: 10, minor: 2, micro: 2 };

export function versionOf(host: DebugHost): { readonly [name: string]: Json } {
  return { qemu, package: `Hindsight ${host.version}` };
}
