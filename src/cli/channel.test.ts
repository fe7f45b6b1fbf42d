import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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

it.skipIf(!existsSync("/dev/full"))("a file without room is told once, and ends nothing", async () => {
  const said: string[] = [];
  const channel = await openChannel({ kind: "file", path: "/dev/full" }, (line) => said.push(line));
  for (let count = 0; count < 3; count++) channel.write(new TextEncoder().encode("lost"));
  await channel.close();
  expect(said).toEqual([expect.stringMatching(/^\/dev\/full: ENOSPC.*: what is written there is lost$/)]);
});
