import { hex } from "../../base/index.ts";
import { type RecordingCache, type RecordingStore, withReader } from "../../storage/index.ts";
import { fingerprint } from "../log/fingerprint.ts";
import type { Chronicle } from "../session/chronicle.ts";
import type { RecordedOutput } from "../state/recorded-output.ts";
import { type CacheIndex, decodeIndex, encodeIndex } from "./format.ts";

/** The recording that a cache is beside. */
export interface Beside {
  readonly store: RecordingStore;
  readonly name: string;
  readonly cache: RecordingCache;
}

/**
 * What the cache says that it holds; undefined when that is nothing, or of another recording or machine. Called with the
 * machine at power-on. Rejects with a UserError when it is damaged.
 */
export async function readIndex({ store, name, cache }: Beside, chronicle: Chronicle): Promise<CacheIndex | undefined> {
  const blob = await cache.get("index");
  if (!blob) return undefined;
  const index = decodeIndex(blob);
  const log = await withReader(store, name, (reader) => fingerprint(reader, index.logBytes));
  const fits = log === index.logFingerprint && hex(chronicle.powerOnHash) === index.powerOnHash;
  return fits ? index : undefined;
}

/** History up to there is known, though this machine has not run it. */
export function takeOver({ indexedTo, outputs }: CacheIndex, chronicle: Chronicle): void {
  for (const { port, bytes, positions } of outputs)
    bytes.forEach((byte, at) => chronicle.output.add(port, Uint8Array.of(byte), positions[at]! - 1));
  chronicle.output.reached(indexedTo);
  chronicle.indexedTo = indexedTo;
}

/** Written last. `output`: of the history that is stored, which may not be the one that is shown. */
export async function writeIndex(
  { store, name, cache }: Beside,
  chronicle: Chronicle,
  output: RecordedOutput,
  held: Pick<CacheIndex, "indexedTo" | "keyframes" | "contents" | "footprints">,
): Promise<void> {
  const log = await withReader(store, name, async (reader) => {
    const logBytes = await reader.size();
    return { logBytes, logFingerprint: await fingerprint(reader, logBytes) };
  });
  const outputs = output.ports.map((port) => {
    const { bytes, positions } = output.since(port, 0);
    const known = output.until(port, held.indexedTo).length;
    return { port, bytes: bytes.subarray(0, known), positions: positions.subarray(0, known) };
  });
  await cache.put("index", encodeIndex({ ...log, powerOnHash: hex(chronicle.powerOnHash), ...held, outputs }));
}
