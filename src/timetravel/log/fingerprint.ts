import { hex, Sha256 } from "../../base/index.ts";
import type { RecordingReader } from "../../storage/index.ts";

const sampleBytes = 2 ** 16;

/**
 * Tells recordings apart, and states of one that grows: over the first `bytes` of it, of which the beginning has its
 * header and its first entropy, and the end is the youngest. What lies between has checksums of its own.
 */
export async function fingerprint(reader: RecordingReader, bytes: number): Promise<string> {
  const head = await reader.read(0, Math.min(sampleBytes, bytes));
  const from = Math.max(head.length, bytes - sampleBytes);
  const tail = await reader.read(from, bytes - from);
  return hex(new Sha256().update(head).update(tail).digest());
}
