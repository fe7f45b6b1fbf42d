import type { RecordingCache } from "../../storage/index.ts";
import type { MemoryHistory } from "../state/memory.ts";
import type { PageVersion } from "../state/page-tree.ts";
import type { Snapshot } from "../state/snapshots.ts";
import { blob, decodeKeyframe, encodeKeyframe, type StoredKeyframe } from "./format.ts";
import type { Packs } from "./packs.ts";

/** Rejects with a UserError when it is not there, or damaged. */
export async function readKeyframe(cache: RecordingCache, position: number): Promise<StoredKeyframe> {
  return decodeKeyframe(await blob(cache, keyOf(position)));
}

/** The blob of the keyframe at a position. */
export function keyOf(position: number): string {
  return `state-${position}`;
}

/** A stored keyframe as a snapshot. Rejects with a UserError when the cache is incomplete or damaged. */
export async function load(
  cache: RecordingCache,
  packs: Packs,
  memory: MemoryHistory,
  position: number,
): Promise<Snapshot> {
  const stored = await readKeyframe(cache, position);
  const versions = await packs.load(stored);
  const { virtualNs, state, entropy, realTimes } = stored;
  const root = memory.import(stored.pages, versions);
  return { position, virtualNs, state, root, consumed: { entropy, realTimes }, pins: 0 };
}

/** Stores a pinned snapshot. Resolves to the packs that it needs; undefined: `goOn` said no. */
export async function store(
  cache: RecordingCache,
  packs: Packs,
  memory: MemoryHistory,
  snapshot: Snapshot,
  giveWay: () => Promise<void>,
  goOn: () => boolean,
): Promise<ReadonlySet<number> | undefined> {
  if (!goOn()) return undefined;
  const pages: number[] = [];
  const versions: PageVersion[] = [];
  memory.forEach(snapshot.root, (page, version) => {
    pages.push(page);
    versions.push(version);
  });
  const locations = await packs.put(pages, versions, giveWay, goOn);
  if (!locations) return undefined;
  const { position, virtualNs, state, consumed } = snapshot;
  const ids = packs.idsOf(locations);
  const keyframe = { position, virtualNs, state, ...consumed, pages, locations, packs: ids };
  await cache.put(keyOf(position), encodeKeyframe(keyframe));
  return new Set(ids.keys());
}
