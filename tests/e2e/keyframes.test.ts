import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decodeIndex, type CacheIndex } from "../../src/timetravel/keyframes/format.ts";
import { guestOptions, hindsight } from "./command-line.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "hindsight-keyframes-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const recording = (): string => join(folder, "boot.hindsight");
const stored = (): CacheIndex | undefined => {
  try {
    return decodeIndex(new Uint8Array(inflateRawSync(readFileSync(join(`${recording()}.cache`, "index")))));
  } catch {
    return undefined;
  }
};

const replayIt = (): ReturnType<typeof hindsight> =>
  hindsight(
    ...[...guestOptions(), "-S", "-icount", `shift=0,rr=replay,rrfile=${recording()}`],
    ...["-monitor", "stdio", "-serial", "null"],
  );

async function hashAt(position: number): Promise<string> {
  const machine = replayIt();
  await machine.until("(qemu) ");
  machine.type(`seek ${position}\ninfo hash\nquit\n`);
  expect(await machine.exit).toBe(0);
  return /state hash ([0-9a-f]{32})/.exec(machine.output)![1]!;
}

it(
  "a recording at rest has snapshots beside it, with which its replay shows the same; so has a replay",
  { timeout: 120_000 },
  async () => {
    const machine = hindsight(...guestOptions(), "-icount", `shift=0,rr=record,rrfile=${recording()}`);
    try {
      await machine.until("~ # ");
      await expect.poll(() => stored()?.indexedTo ?? 0, { timeout: 60_000 }).toBeGreaterThan(500_000_000);
      machine.type("\u0001x");
      expect(await machine.exit).toBe(0);
    } finally {
      machine.end();
    }
    const { indexedTo, keyframes } = stored()!;
    expect(indexedTo - keyframes.at(-1)!).toBeLessThan(2 ** 26);
    const position = indexedTo - 1000;
    const hash = await hashAt(position);
    rmSync(`${recording()}.cache`, { recursive: true });
    const replay = replayIt();
    try {
      await replay.until("(qemu) ");
      replay.type(`seek ${position}\ninfo hash\n`);
      await replay.until(hash);
      // Where it stands still, its snapshots are stored, too.
      await expect.poll(() => stored()?.indexedTo ?? 0, { timeout: 60_000 }).toBeGreaterThanOrEqual(position);
      replay.type("quit\n");
      expect(await replay.exit).toBe(0);
    } finally {
      replay.end();
    }
    expect(await hashAt(position)).toBe(hash);
  },
);
