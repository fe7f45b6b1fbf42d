import type { Handler } from "../../isa/index.ts";
import * as layout from "../layout.ts";

/**
 * Says which handlers an interpreter has and where it keeps things: an interpreter of other sources than the
 * TypeScript beside it would run nonsense. An unsigned 32-bit number.
 */
export function fingerprint(handlers: readonly Handler[]): number {
  let hash = 0x811c9dc5;
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  for (const { insn, split } of handlers) add(`${insn.pattern.text} ${Object.values(split).join()};`);
  add(JSON.stringify(Object.entries(layout).sort(([a], [b]) => (a < b ? -1 : 1))));
  return hash >>> 0;
}
