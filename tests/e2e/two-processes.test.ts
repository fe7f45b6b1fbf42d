import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRecording } from "../../src/timetravel/index.ts";
import { hindsight, hindsightCommand, type Running } from "./command-line.ts";

let folder: string;
let recording: string;
const running: Running[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hindsight-two-"));
  recording = join(folder, "x.rec");
});
afterEach(async () => {
  for (const machine of running.splice(0)) {
    machine.end();
    await machine.exit;
  }
  rmSync(folder, { recursive: true });
});

/** A machine that stands at power-on, and its monitor. No guest is needed to record or replay. */
function start(rr: "record" | "replay", file = recording): Running {
  const machine = hindsight(
    ...["-M", "virt", "-display", "none", "-serial", "null", "-S", "-monitor", "stdio"],
    ...["-icount", `shift=4,rr=${rr},rrfile=${file}`],
  );
  running.push(machine);
  return machine;
}

async function ready(machine: Running): Promise<Running> {
  await machine.until("(qemu) ");
  return machine;
}

/** Types a command and waits until it has been answered. */
async function say(machine: Running, command: string): Promise<string> {
  const from = machine.output.length;
  machine.type(`${command}\n`);
  const end = await machine.until("(qemu) ", from);
  return machine.output.slice(from, end).replaceAll("(qemu) ", "");
}

async function quit(machine: Running): Promise<void> {
  machine.type("quit\n");
  expect(await machine.exit, machine.output).toBe(0);
}

/** 1,000 instructions of nothing: the board's flash is empty, and each fetch is an exception. */
async function record(): Promise<void> {
  const machine = await ready(start("record"));
  await say(machine, "cont");
  await say(machine, "stop");
  await say(machine, "savevm first");
  await quit(machine);
}

const names = (file = recording): string[] => [...readRecording(readFileSync(file)).history.names.keys()];
const inUse = (by: Running, file = recording): string => `recording ${file} is in use by process ${by.process.pid}`;

it("a recording in the making is not recorded over; a replay of it stores nothing, and says so", async () => {
  const first = await ready(start("record"));
  const second = start("record");
  expect(await second.exit).toBe(1);
  expect(second.output.trim()).toBe(`hindsight-system-aarch64: ${inUse(first)}`);
  const replay = await ready(start("replay"));
  expect(replay.output).toContain(`${inUse(first)}: it is replayed as it is now, and nothing is stored in it`);
  expect(await say(replay, "savevm mine")).toContain(
    `'mine' is kept until this session ends, not in the recording: ${inUse(first)}`,
  );
  expect(await say(replay, "info snapshots")).toContain("mine");
  await quit(replay);
  await say(first, "cont");
  await say(first, "stop");
  await say(first, "savevm theirs");
  await quit(first);
  expect(names()).toEqual(["theirs"]);
  expect(readRecording(readFileSync(recording)).history).toMatchObject({ endReason: "host-quit" });
  expect(readdirSync(folder).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

it("of two replays the first one's names are kept, also when the second one goes by a link", async () => {
  await record();
  const link = join(folder, "link");
  symlinkSync(recording, link);
  const first = await ready(start("replay"));
  await say(first, "savevm one");
  const second = await ready(start("replay", link));
  expect(second.output).toContain("is in use by process");
  await say(second, "savevm two");
  await say(second, "delvm first");
  await say(first, "savevm three");
  await quit(second);
  await quit(first);
  expect(names()).toEqual(["first", "one", "three"]);
  // Verifying and the next replay need nobody's leave.
  const third = await ready(start("replay"));
  expect(third.output).not.toContain("in use");
  const verify = hindsightCommand("verify", recording);
  expect(await verify.exit, verify.output).toBe(0);
});

it("a lock of a killed process is taken over; SIGTERM, at any time, leaves none", async () => {
  await record();
  const lock = `${recording}.lock`;
  const killed = await ready(start("replay"));
  expect(existsSync(lock)).toBe(true);
  killed.end();
  await killed.exit;
  expect(existsSync(lock)).toBe(true);
  const next = await ready(start("replay"));
  expect(next.output).not.toContain("in use");
  await say(next, "savevm next");
  next.process.kill("SIGTERM");
  expect(await next.exit).toBe(0);
  expect(existsSync(lock)).toBe(false);
  expect(names()).toEqual(["first", "next"]);
  const early = start("replay");
  await expect.poll(() => existsSync(lock), { timeout: 20_000, interval: 1 }).toBe(true);
  early.process.kill("SIGTERM");
  expect(await early.exit).toBe(0);
  expect(existsSync(lock)).toBe(false);
});

it("a branch is held instead of the recording that it leaves", async () => {
  await record();
  const machine = await ready(start("replay"));
  const branch = join(folder, "y");
  const other = await ready(start("record", branch));
  expect(await say(machine, "branch y")).toContain(inUse(other, branch));
  expect(await say(machine, "branch y.cache")).toContain("cannot end in .cache");
  await quit(other);
  rmSync(branch);
  expect(await say(machine, "branch y")).not.toContain("Error");
  expect(readdirSync(folder).filter((name) => name.endsWith(".lock"))).toEqual(["y.lock"]);
  const parent = await ready(start("replay"));
  expect(parent.output).not.toContain("in use");
  const second = start("record", branch);
  expect(await second.exit).toBe(1);
  expect(second.output).toContain(inUse(machine, branch));
  await quit(machine);
  expect(readRecording(readFileSync(branch)).header.parent?.name).toBe("x.rec");
});

it("what is not a file is not recorded over", async () => {
  for (const name of ["/dev/null", folder]) {
    const machine = start("record", name);
    expect(await machine.exit).toBe(1);
    expect(machine.output).toContain(`${name} is not a file`);
  }
  expect(existsSync("/dev/null")).toBe(true);
  expect(existsSync("/dev/null.lock")).toBe(false);
});
