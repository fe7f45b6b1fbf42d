import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openChannel } from "./channel.ts";

it("a file takes what is written to it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-channel-"));
  const path = join(folder, "console");
  const channel = await openChannel({ kind: "file", path }, () => {});
  channel.write(new TextEncoder().encode("one "));
  channel.write(new TextEncoder().encode("two"));
  await channel.close();
  expect(readFileSync(path, "utf8")).toBe("one two");
  rmSync(folder, { recursive: true });
});

it("a pipe whose reader does not read holds nothing up, and gets all of it later", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hindsight-channel-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const channel = await openChannel({ kind: "file", path }, () => {});
  const bytes = new Uint8Array(300_000).map((_, index) => index);
  for (let at = 0; at < bytes.length; at += 1000) channel.write(bytes.subarray(at, at + 1000));
  const closed = channel.close();
  const read: Buffer[] = [];
  let open = true;
  void closed.then(() => (open = false));
  while (open) {
    const part = Buffer.alloc(10_000);
    try {
      read.push(part.subarray(0, readSync(reader, part)));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (;;) {
    const part = Buffer.alloc(100_000);
    const length = readSync(reader, part);
    if (length === 0) break;
    read.push(part.subarray(0, length));
  }
  closeSync(reader);
  expect(Buffer.concat(read).equals(bytes)).toBe(true);
  rmSync(folder, { recursive: true });
});

it.skipIf(!existsSync("/dev/full"))("a file without room is told once, and ends nothing", async () => {
  const said: string[] = [];
  const channel = await openChannel({ kind: "file", path: "/dev/full" }, (line) => said.push(line));
  for (let count = 0; count < 3; count++) channel.write(new TextEncoder().encode("lost"));
  await channel.close();
  expect(said).toEqual([expect.stringMatching(/^\/dev\/full: ENOSPC.*: what is written there is lost$/)]);
});
