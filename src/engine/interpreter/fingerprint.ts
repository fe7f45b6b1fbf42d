import type { Guest, Row } from "../../isa/index.ts";
import * as runLayout from "../code/run-layout.ts";
import * as layout from "../layout.ts";

interface AnyHandler {
  readonly insn: Row<never>;
  readonly split: Readonly<Record<string, number>>;
}

/**
 * Says which handlers an interpreter has and where it keeps things: an interpreter of other sources than the
 * TypeScript beside it would run nonsense. An unsigned 32-bit number.
 */
export function fingerprint(guest: Guest, handlers: readonly AnyHandler[]): number {
  let hash = 0x811c9dc5;
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  };
  for (const { insn, split } of handlers) add(`${insn.pattern.text} ${Object.values(split).join()};`);
  const addLayout = (constants: object): void =>
    add(JSON.stringify(Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1))));
  addLayout(layout);
  if (guest.code) addLayout(runLayout);
  return hash >>> 0;
}
