import { assert } from "../../../../base/index.ts";
import { ascii, type Bytes } from "../bytes.ts";

const DUAL = 0x2e;
const MULTI = 0x2f;
const SEGMENT = /^[A-Z_][A-Z0-9_]{0,3}$/;

/** NameString (20.2.2): `\_SB.PCI0`, `^X`, `\`; segments of less than four characters are filled up. */
export function nameString(name: string): Bytes {
  const [, prefix, path] = /^(\\|\^*)(.*)$/.exec(name)!;
  const segments = path === "" ? [] : path!.split(".");
  for (const segment of segments) assert(SEGMENT.test(segment), `no AML name: ${name}`);
  const encoded = segments.flatMap((segment) => [...ascii(segment.padEnd(4, "_"))]);
  return [...ascii(prefix!), ...pathPrefix(segments.length), ...encoded];
}

function pathPrefix(segments: number): Bytes {
  if (segments === 0) return [0];
  if (segments === 1) return [];
  return segments === 2 ? [DUAL] : [MULTI, segments];
}
