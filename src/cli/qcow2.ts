import { UserError } from "../base/index.ts";

/** The fixed part of a version 3 header. */
export const QCOW2_HEADER_BYTES = 104;
const VERSION_2_BYTES = 72;
const LARGEST_L1_BYTES = 32 << 20;
const LARGEST_REFCOUNT_BYTES = 8 << 20;
const LARGEST_SNAPSHOT_COUNT = 65_536;
const LONGEST_BACKING_NAME = 1023;

/**
 * Checks a qcow2 image's header (QEMU's docs/interop/qcow2): every number in it, and that every table it names lies
 * within the file. `header`: the file's first bytes; `fileBytes`: its length. Throws a UserError that says what is wrong.
 */
export function checkQcow2(header: Uint8Array, fileBytes: number): void {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const must = (condition: boolean, what: string): void => {
    if (!condition) throw new UserError(`the image is damaged: ${what}`);
  };
  must(header.length >= VERSION_2_BYTES && view.getUint32(0) === 0x514649fb, "no qcow2 header");
  const version = view.getUint32(4);
  if (version !== 2 && version !== 3) throw new UserError(`qcow2 version ${version} is not supported`);
  must(version === 2 || header.length >= QCOW2_HEADER_BYTES, "its header is cut off");

  const clusterBits = view.getUint32(20);
  must(clusterBits >= 9 && clusterBits <= 21, `clusters of 2^${clusterBits} bytes`);
  const clusterBytes = 2 ** clusterBits;
  /** A table of `bytes` at the offset that stands at `at`. */
  const table = (what: string, at: number, bytes: number): void => {
    const offset = view.getBigUint64(at);
    must(offset % BigInt(clusterBytes) === 0n, `its ${what} is not aligned`);
    must(bytes === 0 || (offset > 0n && offset + BigInt(bytes) <= BigInt(fileBytes)), `its ${what} is not in the file`);
  };

  const backingOffset = view.getBigUint64(8);
  const backingBytes = view.getUint32(16);
  must(
    backingOffset === 0n ||
      (backingBytes <= LONGEST_BACKING_NAME &&
        backingOffset + BigInt(backingBytes) <= BigInt(Math.min(clusterBytes, fileBytes))),
    "the name of its backing file is not in the header",
  );
  must(view.getUint32(32) <= 2, "an unknown kind of encryption");
  const l1Bytes = view.getUint32(36) * 8;
  must(l1Bytes <= LARGEST_L1_BYTES, "its L1 table is too large");
  // One L1 entry serves a cluster full of L2 entries, of a cluster each.
  const served = BigInt(l1Bytes / 8) * BigInt(clusterBytes / 8) * BigInt(clusterBytes);
  must(view.getBigUint64(24) <= served, "its L1 table is too small for its size");
  table("L1 table", 40, l1Bytes);
  const refcountBytes = view.getUint32(56) * clusterBytes;
  must(refcountBytes > 0 && refcountBytes <= LARGEST_REFCOUNT_BYTES, "its refcount table has an impossible size");
  table("refcount table", 48, refcountBytes);
  const snapshots = view.getUint32(60);
  must(snapshots <= LARGEST_SNAPSHOT_COUNT, "too many snapshots");
  table("snapshot table", 64, snapshots);
  if (version === 3) checkVersion3(view, clusterBytes, must);
}

/** Incompatible features: dirty, corrupt, external data file, compression, extended L2 entries. */
const [CORRUPT, KNOWN_FEATURES] = [2n, 0b11111n];

function checkVersion3(view: DataView, clusterBytes: number, must: (condition: boolean, what: string) => void): void {
  const incompatible = view.getBigUint64(72);
  must((incompatible & CORRUPT) === 0n, "it is marked corrupt");
  if ((incompatible & ~KNOWN_FEATURES) !== 0n) throw new UserError("the image has features that are not known here");
  must(view.getUint32(96) <= 6, "an impossible refcount order");
  const headerBytes = view.getUint32(100);
  must(headerBytes >= QCOW2_HEADER_BYTES && headerBytes <= clusterBytes, "its header has an impossible length");
}
