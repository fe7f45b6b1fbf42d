import { ByteReader, ByteWriter, sealed, unsealed, UserError } from "../../base/index.ts";
import type { RecordingCache } from "../../storage/index.ts";
import { readVarint, writeVarint } from "../log/varint.ts";
import { CACHE_FORMAT } from "../versions.ts";

/** A snapshot as it is stored: RAM is a list of pages that are not zero, and where their contents lie. */
export interface StoredKeyframe {
  readonly position: number;
  readonly virtualNs: number;
  readonly state: Uint8Array;
  readonly entropy: number;
  readonly realTimes: number;
  readonly pages: readonly number[];
  /** pack × pagesPerPack + index within the pack. */
  readonly locations: readonly number[];
  /** The packs that these are in, with their packId: another session may have written one by the same number. */
  readonly packs: ReadonlyMap<number, number>;
}

export interface StoredOutput {
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly positions: Float64Array;
}

/** What the cache of a recording holds; written last, so that a torn cache is none. */
export interface CacheIndex {
  /** The recording whose history this is: so many of its first bytes, and their `fingerprint`. */
  readonly logBytes: number;
  readonly logFingerprint: string;
  /** Hash of the state at power-on: another layout of the machine's state gives another one. */
  readonly powerOnHash: string;
  readonly indexedTo: number;
  readonly keyframes: readonly number[];
  /** Locations in use. */
  readonly contents: number;
  readonly outputs: readonly StoredOutput[];
  /** Length and checksum of the footprints that go with it, as `packId` gives it; 0 where there are none. */
  readonly footprints: number;
}

export function encodeKeyframe(keyframe: StoredKeyframe): Uint8Array {
  const to = new ByteWriter().safe(keyframe.position).safe(keyframe.virtualNs).blob(keyframe.state);
  to.u32(keyframe.entropy).u32(keyframe.realTimes).u32(keyframe.pages.length);
  let last = 0;
  keyframe.pages.forEach((page, index) => {
    writeVarint(to, page - last);
    writeVarint(to, keyframe.locations[index]!);
    last = page;
  });
  to.u32(keyframe.packs.size);
  for (const [pack, id] of keyframe.packs) to.u32(pack).u32(id);
  return sealed(to.finish());
}

export function decodeKeyframe(bytes: Uint8Array): StoredKeyframe {
  const from = new ByteReader(unsealed(bytes));
  const head = {
    position: from.safe(),
    virtualNs: from.safe(),
    state: from.blob(),
    entropy: from.u32(),
    realTimes: from.u32(),
  };
  const pages: number[] = [];
  const locations: number[] = [];
  let last = 0;
  for (let count = from.u32(); count > 0; count--) {
    last += readVarint(from);
    pages.push(last);
    locations.push(readVarint(from));
  }
  const packs = new Map<number, number>();
  for (let count = from.u32(); count > 0; count--) packs.set(from.u32(), from.u32());
  return { ...head, pages, locations, packs };
}

export function encodeIndex(index: CacheIndex): Uint8Array {
  const to = new ByteWriter().u32(CACHE_FORMAT).safe(index.logBytes).text(index.logFingerprint).text(index.powerOnHash);
  to.safe(index.indexedTo).u32(index.contents).u32(index.footprints).u32(index.keyframes.length);
  for (const position of index.keyframes) to.safe(position);
  to.u32(index.outputs.length);
  for (const { port, bytes, positions } of index.outputs) {
    to.u32(port).blob(bytes);
    let last = 0;
    for (const position of positions) {
      writeVarint(to, position - last);
      last = position;
    }
  }
  return sealed(to.finish());
}

/** Throws a UserError when it is of another version, or damaged. */
export function decodeIndex(bytes: Uint8Array): CacheIndex {
  const from = new ByteReader(unsealed(bytes));
  if (from.u32() !== CACHE_FORMAT) throw new UserError("the cache has another format");
  const head = {
    logBytes: from.safe(),
    logFingerprint: from.text(),
    powerOnHash: from.text(),
    indexedTo: from.safe(),
    contents: from.u32(),
    footprints: from.u32(),
  };
  const keyframes = Array.from({ length: from.u32() }, () => from.safe());
  const outputs = Array.from({ length: from.u32() }, () => {
    const port = from.u32();
    const bytes = from.blob();
    let last = 0;
    const positions = Float64Array.from({ length: bytes.length }, () => (last += readVarint(from)));
    return { port, bytes, positions };
  });
  return { ...head, keyframes, outputs };
}

/** Rejects with a UserError when there is none. */
export async function blob(cache: RecordingCache, key: string): Promise<Uint8Array> {
  const blob = await cache.get(key);
  if (!blob) throw new UserError("the cache is incomplete");
  return blob;
}
