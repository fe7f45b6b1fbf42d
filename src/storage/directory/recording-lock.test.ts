import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { UserError } from "../../base/index.ts";
import { DirectoryStore, lockRecording, RecordingInUse } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "hindsight-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recording = join(folder, "boot");
const lock = `${recording}.lock`;
const left = (holder: object): void =>
  writeFileSync(lock, JSON.stringify({ host: hostname(), started: "", ...holder }));
/** A process that is no more. */
const deadPid = spawnSync(process.execPath, ["-e", ""]).pid;

it("holds a recording once, until disposed", async () => {
  const held = await lockRecording(recording);
  await expect(lockRecording(recording)).rejects.toThrow(
    new RecordingInUse(recording, { pid: process.pid, host: hostname() }),
  );
  expect(await new DirectoryStore(folder).list()).toEqual([]);
  held.dispose();
  expect(readdirSync(folder)).toEqual([]);
  (await lockRecording(recording)).dispose();
});

it("says at once who holds it: whom a signal ends meanwhile knows its own lock", async () => {
  for (let round = 0; round < 20; round++) {
    const locking = lockRecording(recording);
    while (!existsSync(lock)) await new Promise((resolve) => setImmediate(resolve));
    expect(readFileSync(lock, "utf8")).not.toBe("");
    (await locking).dispose();
  }
});

it("takes over what a process that is dead, or was another one, left behind", async () => {
  for (const holder of [
    { pid: deadPid },
    // The id was used again: by us, and by another one.
    { pid: process.pid, started: "1" },
    { pid: process.ppid, started: "1" },
  ]) {
    left(holder);
    (await lockRecording(recording)).dispose();
    expect(existsSync(lock)).toBe(false);
  }
  // Killed before it could say who it is.
  writeFileSync(lock, "");
  (await lockRecording(recording)).dispose();
});

it("respects who lives, who may live elsewhere, and files that are none of its own", async () => {
  left({ pid: process.ppid });
  await expect(lockRecording(recording)).rejects.toThrow(`recording ${recording} is in use by process ${process.ppid}`);
  left({ pid: deadPid, host: "elsewhere" });
  await expect(lockRecording(recording)).rejects.toThrow(/in use by process \d+ on elsewhere \(if it is gone, delete/);
  writeFileSync(lock, "a file of the user's\n");
  await expect(lockRecording(recording)).rejects.toThrow(`${lock} is in the way: it is not a lock of Hindsight's`);
  expect(readFileSync(lock, "utf8")).toBe("a file of the user's\n");
  rmSync(lock);
  for (const name of [lock, `${recording}.cache`]) await expect(lockRecording(name)).rejects.toThrow(UserError);
});

it("has one winner when many find the same stale lock", async () => {
  for (let round = 0; round < 40; round++) {
    left({ pid: deadPid });
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockRecording(recording)));
    const won = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(won).toHaveLength(1);
    expect(tries.filter((one) => one.status === "rejected" && one.reason instanceof RecordingInUse)).toHaveLength(7);
    won[0]!.dispose();
    expect(readdirSync(folder)).toEqual([]);
  }
});

it("leaves alone a lock that is no longer its own", async () => {
  const held = await lockRecording(recording);
  left({ pid: process.ppid });
  held.dispose();
  expect(existsSync(lock)).toBe(true);
  rmSync(lock);
});
