import { ByteReader, ByteWriter, sealed, unsealed, UserError } from "../../base/index.ts";
import type { Machine } from "../../machine/index.ts";
import { Footprints } from "../motion/footprints.ts";
import { CACHE_FORMAT } from "../versions.ts";

/** Footprints of a recording's history, as they are stored beside it. */
export function encodeFootprints(footprints: Footprints): Uint8Array {
  const to = new ByteWriter().u32(CACHE_FORMAT).u32(footprints.all.length);
  for (const { from, to: end, footprint } of footprints.all) to.safe(from).safe(end).blob(footprint.save());
  return sealed(to.finish());
}

/** Throws a UserError when they are of another version, or damaged. */
export function decodeFootprints(bytes: Uint8Array, machine: Machine): Footprints {
  const from = new ByteReader(unsealed(bytes));
  if (from.u32() !== CACHE_FORMAT) throw new UserError("the cache has another format");
  const footprints = new Footprints();
  for (let count = from.u32(); count > 0; count--) {
    const [start, end] = [from.safe(), from.safe()];
    const footprint = machine.loadFootprint(from.blob());
    if (footprint) footprints.add(start, end, footprint, false);
  }
  return footprints;
}
