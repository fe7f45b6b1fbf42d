import { describe, expect, it } from "vitest";
import { DebugTarget } from "../target.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { FakeHost } from "../testing/gdb-client.ts";
import { Monitor } from "./monitor.ts";

function setUp(session = new FakeSession()) {
  const host = new FakeHost();
  const monitor = new Monitor(new DebugTarget(session, host));
  const say = async (line: string) => (await monitor.execute(line)).output;
  return { session, host, monitor, say };
}

/** At the live end of a recording. */
function atLiveEnd(): FakeSession {
  const session = new FakeSession();
  session.mode = "record";
  session.position = session.end;
  return session;
}

describe("replay", () => {
  it("tells the mode in QEMU's words", async () => {
    const { session, say } = setUp();
    session.position = 7;
    expect(await say("info replay")).toBe("Replaying execution 'boot.rec': instruction count = 7\n");
    session.mode = "record";
    expect(await say("info replay")).toBe("Recording execution 'boot.rec': instruction count = 7\n");
    session.mode = "none";
    expect(await say("info replay")).toBe("Record/replay is not active\n");
  });

  it("seeks", async () => {
    const { session, say } = setUp();
    for (const [command, position] of [
      ["replay_seek 500", 500],
      ["seek -100", 400],
      ["seek +0x10", 416],
      ["seek end", 1000],
      ["seek -5000", 0],
      ["seek 12", 12],
      ["seek start", 0],
    ] as const) {
      expect(await say(command), command).toBe("");
      expect(session.position, command).toBe(position);
    }
    expect(await say("seek 1001")).toBe("Error: position 1001 is beyond the end of history, 1000\n");
    expect(await say("seek x")).toBe("Error: 'x': no kernel symbols are found in the guest's memory here\n");
    expect(await say("seek 5000000000000000000000")).toBe("Error: a position is too large: 5000000000000000000000\n");
    expect(await say("seek")).toBe("Error: one argument is needed: where to go\n");
    expect(await say("replay_seek 1 2")).toMatch(/^Error: too many arguments: replay_seek takes N;/);
  });

  it("sets and removes the one replay_break, ahead in a replay, and behind", async () => {
    const { session, say } = setUp();
    session.position = 10;
    expect(await say("replay_break 20")).toBe("");
    expect(session.replayBreak).toBe(20);
    expect(await say("replay_break 5")).toBe("");
    expect(session.replayBreak).toBe(5);
    expect(await say("replay_delete_break")).toBe("");
    expect(session.replayBreak).toBeUndefined();
    expect(await say("replay_delete_break")).toBe("Error: no replay_break is set\n");
    session.mode = "record";
    session.position = session.end;
    expect(await say("replay_break 5000")).toMatch(/^Error: replay_break works where history is/);
    expect(await say("replay_break 500")).toBe("");
  });

  it("tells when", async () => {
    const { session, say } = setUp();
    session.position = 10;
    expect(await say("when")).toBe("position 10, of 1000; virtual time 0.000001280 s\n");
    session.mode = "record";
    session.position = session.end;
    expect(await say("when")).toBe("position 1000, the live end; virtual time 0.000128000 s\n");
  });

  it("tells the state's hash", async () => {
    const { session, say } = setUp();
    session.position = 10;
    expect(await say("info hash")).toBe(`position 10; state hash ${"a".padStart(32, "0")}\n`);
  });
});

it("says when a motion was ended before it arrived", async () => {
  const { session, say } = setUp();
  await say("savevm here");
  session.seek = async () => void (session.position = 7);
  session.loadSnapshot = async () => void (session.position = 8);
  expect(await say("seek 500")).toBe("Error: interrupted at position 7\n");
  expect(await say("replay_seek 500")).toBe("Error: interrupted at position 7\n");
  expect(await say("loadvm here")).toBe("Error: interrupted at position 8\n");
});

it("writes instructions in another syntax where there are several, in all monitors", async () => {
  const session = new FakeSession();
  const target = new DebugTarget(session, new FakeHost());
  const say = async (line: string): Promise<string> => (await new Monitor(target).execute(line)).output;
  expect(await say("set disassembly-flavor large")).toBe(
    "Error: this machine's instructions are written in one way only\n",
  );
  session.syntaxes = ["small", "large"];
  const other = new Monitor(target);
  const shown = async (): Promise<string> => (await other.execute("x/i $pc")).output;
  expect(await shown()).toMatch(/ nop\n$/);
  expect(await say("set disassembly-flavor large")).toBe("");
  expect(await shown()).toMatch(/ NOP\n$/);
  expect(await say("set disassembly-flavor huge")).toBe("Error: 'huge' is not one of small, large\n");
  expect(await say("set disassembly-flavor")).toBe("Error: one argument is needed: the syntax\n");
  expect(await say("set disassembly-flavor small")).toBe("");
  expect(await shown()).toMatch(/ nop\n$/);
});

describe("ports", () => {
  it("are of machines that have them", async () => {
    const { session, say } = setUp(atLiveEnd());
    expect(await say("i 0x64")).toBe("Error: this machine has no I/O ports\n");
    expect(await say("o/b 0x64 1")).toBe("Error: this machine has no I/O ports\n");
    expect(session.edits).toEqual([]);
  });

  it("are accessed by edits, of as many bytes as the format says", async () => {
    const { session, say } = setUp(atLiveEnd());
    session.ioPorts = { lastRead: 0x1c };
    expect(await say("i /b 0x64")).toBe("portb[0x0064] = 0x1c\n");
    expect(await say("i/h 0x60 + 4")).toBe("portw[0x0064] = 0x001c\n");
    expect(await say("i 0x10064")).toBe("portl[0x0064] = 0x0000001c\n");
    expect(await say("i/b 0x70.0x10f")).toBe("portb[0x0071] = 0x1c\n");
    expect(await say("o/h 0x64 0x12345")).toBe("");
    expect(session.edits).toEqual([
      ...([1, 2, 4] as const).map((size) => ({ kind: "read-port", port: 0x64, size })),
      { kind: "write-port", port: 0x70, size: 1, value: 0x0f },
      { kind: "read-port", port: 0x71, size: 1 },
      { kind: "write-port", port: 0x64, size: 2, value: 0x2345 },
    ]);
  });

  it.each([
    ["i", "one port is needed"],
    ["i/b 1.2.3", "one port is needed"],
    ["i/2b 1", "a port is accessed once, as b, h or w"],
    ["i/g 1", "a port is accessed once, as b, h or w"],
    ["i 0x100000000", "'0x100000000' has more than 32 bits"],
    ["o/b 1", "a port and a value are needed"],
    ["o/b 1 -1", "'-1' has more than 32 bits"],
    ["o/b 1 2 3", 'too many arguments: o takes PORT VALUE; what has spaces in it stands in "double quotes"'],
  ])("a wrong line makes no edit: %s", async (line, message) => {
    const { session, say } = setUp(atLiveEnd());
    session.ioPorts = { lastRead: 0 };
    expect(await say(line)).toBe(`Error: ${message}\n`);
    expect(session.edits).toEqual([]);
  });

  it("say so where nothing can be done, and let the end of the machine be known", async () => {
    const session = atLiveEnd();
    const { host, say } = setUp(session);
    session.ioPorts = { lastRead: 0 };
    session.edit = () => {
      session.lastStop = { kind: "shutdown", reason: "guest-shutdown" };
      return true;
    };
    expect(await say("o/h 0x604 0x2000")).toBe("");
    expect(host.calls).toEqual(["resume"]);
    session.edit = () => false;
    expect(await say("i/b 1")).toBe("Error: nothing was done: the machine is off, or on its way elsewhere\n");
  });
});

it("finds what the console showed, with its spaces", async () => {
  const { session, say } = setUp();
  session.printed = "one\nlast words .  Total\n";
  expect(await say("find-console .  Total")).toBe("position 23: last words .  Total\n");
  expect(await say('  find_console  "words . "')).toBe("position 17: last words .  Total\n");
  expect(await say("find-console . Total")).toMatch(/^the console does not show '. Total'/);
  expect(await say("find-console")).toBe("Error: a text is needed\n");
});

it("says of a name that it is not in the recording, where that is so", async () => {
  const { session, say } = setUp();
  session.unstored = "another process has it";
  expect(await say("savevm x")).toBe(
    "'x' is kept until this session ends, not in the recording: another process has it\n",
  );
  expect(await say("delvm x")).toMatch(/^'x' is forgotten until this session ends/);
});

describe("snapshots", () => {
  it("saves, lists, loads and deletes", async () => {
    const { session, say } = setUp();
    expect(await say("info snapshots")).toBe("There is no snapshot available.\n");
    session.position = 42;
    expect(await say("savevm here")).toBe("");
    expect(await say("savevm")).toBe("");
    const [, head, row, second] = (await say("info snapshots")).split("\n");
    expect(head!.split(/ {2,}/)).toEqual(["ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT"]);
    expect(row!.split(/ +/)).toEqual(["--", "here", "-", "-", "00:00:00.000", "42"]);
    expect(second).toContain("vm-42");
    expect(head!.length).toBe(row!.length);
    session.position = 100;
    expect(await say("loadvm here")).toBe("");
    expect(session.position).toBe(42);
    expect(await say("loadvm gone")).toBe("Error: snapshot 'gone' does not exist\n");
    expect(await say("delvm here")).toBe("");
    expect(await say("delvm here")).toBe("Error: snapshot 'here' does not exist\n");
  });
});

it("takes names with spaces in quotes, and refuses what a command does not take", async () => {
  const { session, say, monitor } = setUp();
  const named = (): string[] => session.snapshots().map(({ name }) => name);
  expect(await say('savevm "a b"')).toBe("");
  expect(await say(String.raw`savevm   "say \"x\" \\ y"  `)).toBe("");
  expect(named()).toEqual(["a b", String.raw`say "x" \ y`]);
  expect(await say("info snapshots")).toMatch(/^-- +a b /m);
  session.position = 100;
  expect(await say('loadvm "a b"')).toBe("");
  expect(session.position).toBe(0);
  expect(await say('delvm "a b"')).toBe("");
  expect(named()).toHaveLength(1);
  expect(await say('savevm "a b')).toBe("Error: a double quote is not closed\n");
  expect(await say("savevm a b")).toBe(
    'Error: too many arguments: savevm takes [NAME]; what has spaces in it stands in "double quotes"\n',
  );
  expect(await monitor.execute("quit now")).toEqual({
    output: "Error: quit takes no arguments, and 'now' was given\n",
    quit: false,
  });
  // Every command that says how many it takes refuses one more.
  for (const [, usage] of (await say("help")).matchAll(/^(.+?) -- /gm)) {
    const [names, ...args] = usage!.split(/ (?=[^a-z]|$)/);
    const name = names!.split("|")[0]!.replace("/FMT", "");
    if (["i", "x", "xp", "print", "find-console", "seek", "help"].includes(name)) continue;
    const most = args
      .join(" ")
      .split(" ")
      .filter((word) => word !== "").length;
    expect(await say(`${name} ${"1 ".repeat(most + 1)}`), usage).toMatch(/^Error: (too many|.* takes no) arguments/);
  }
});

it("says that a branch was dropped, with the command that did it", async () => {
  const { session, host, say } = setUp();
  session.seek = async (position) => {
    session.position = position;
    session.branchesDropped.emit({ from: 8, end: 12, names: [] });
  };
  const line =
    "the throw-away branch that began at position 8 is dropped, up to position 12: this is history before it";
  expect(await say("seek 5")).toBe(`${line}\n`);
  expect(host.calls).toEqual([]);
  await session.seek(5);
  expect(host.calls).toEqual([line]);
});

it("says which snapshots go with a branch", async () => {
  const { session, host } = setUp();
  session.branchesDropped.emit({ from: 8, end: 12, names: ["a"] });
  session.branchesDropped.emit({ from: 8, end: 12, names: ["a", "b"], anew: 9 });
  const begun = "the throw-away branch that began at position 8";
  expect(host.calls).toEqual([
    `${begun} is dropped, up to position 12, and with it snapshot 'a': this is history before it`,
    `${begun} goes on anew from position 9: what came after is dropped, up to position 12, and with it snapshots 'a', 'b'`,
  ]);
});

it("says where a machine that was live is after branch_end, and what the branch took with it", async () => {
  const { session, say } = setUp();
  session.endBranch = async () => {
    await session.deleteSnapshot("own");
    session.position = 42;
  };
  expect(await say("branch_end")).toBe("back in recorded history, at position 42\n");
  session.mode = "none";
  expect(await say("branch_end")).toBe("back in history, at position 42; 'seek end' is where you left it\n");
  await session.saveSnapshot("own");
  expect(await say("branch_end")).toMatch(/left it; the branch took its snapshots with it: 'own'\n$/);
});

describe("running", () => {
  it("stops, continues, resets and quits", async () => {
    const session = new FakeSession(5, true);
    session.mode = "record";
    const { host, monitor, say } = setUp(session);
    const running = session.run();
    expect(await say("info status")).toBe("VM status: running\n");
    await say("c");
    expect(host.calls).toEqual([]);
    await say("stop");
    expect(await running).toEqual({ kind: "interrupted" });
    expect(await say("info status")).toBe("VM status: paused\n");
    await say("cont");
    expect(host.calls).toEqual(["resume"]);
    await say("system_reset");
    expect(session.resets).toBe(1);
    expect(await monitor.execute("quit")).toEqual({ output: "", quit: true });
    expect(await say("info version")).toBe("0.1.0\n");
  });
});

it("wakes a machine that is suspended, at the live end", async () => {
  const { session, say } = setUp();
  expect(await say("system_wakeup")).toMatch(/^Error: history is replayed here/);
  session.mode = "record";
  expect(await say("system_wakeup")).toMatch(/^Error: this is the past: a wake-up is possible at the live end/);
  session.position = session.end;
  expect(await say("system_wakeup")).toBe("Error: Unable to wake up: guest is not in suspended state\n");
  session.suspended = true;
  expect(await say("system_wakeup")).toBe("");
  expect(session.suspended).toBe(false);
});

it("sends a BREAK to the serial port, at the live end", async () => {
  const { session, say } = setUp();
  expect(await say("chardev-send-break serial0")).toBe("Error: input is not taken: this is recorded history\n");
  expect(await say("chardev-send-break con")).toBe("Error: chardev 'con' not found; there is serial0\n");
  expect(await say("chardev-send-break")).toMatch(/^Error: one argument is needed/);
  session.mode = "record";
  session.position = session.end;
  expect(await say("chardev-send-break serial0")).toBe("");
  expect(session.breaks).toEqual([0]);
});

it("ends the session for a reset with -no-reboot", async () => {
  const session = new FakeSession();
  const { monitor } = setUp(session);
  session.reboot = false;
  session.mode = "record";
  session.position = session.end;
  expect(await monitor.execute("system_reset")).toEqual({ output: "", quit: true });
  expect(session.resets).toBe(0);
});

it("does not reset history: with -no-reboot that ended a replay without a word", async () => {
  const session = new FakeSession();
  const { host, monitor } = setUp(session);
  for (const [reboot, mode, position, why] of [
    [false, "play", 10, "history is replayed here, and what happened in it stays: 'branch NAME' goes on otherwise"],
    [
      true,
      "play",
      session.end,
      "history is replayed here, and what happened in it stays: 'branch NAME' goes on otherwise",
    ],
    [false, "record", 10, "this is the past: a reset is possible at the live end ('seek end'), or in a branch"],
    [true, "none", 10, "this is the past: a reset is possible at the live end ('seek end'), or in a branch"],
  ] as const) {
    Object.assign(session, { reboot, mode, position });
    expect(await monitor.execute("system_reset")).toEqual({ output: `Error: ${why}\n`, quit: false });
  }
  expect([session.resets, host.calls]).toEqual([0, []]);
});

it("savevm does not end a motion", async () => {
  const session = new FakeSession(5, true);
  session.mode = "record";
  const target = new DebugTarget(session, new FakeHost());
  let stops = 0;
  const moving = target.control.move((s) => s.run()).finally(() => stops++);
  while (!session.atEnd) await Promise.resolve();
  expect(await new Monitor(target).execute("savevm here")).toEqual({ output: "", quit: false });
  expect(session.snapshots()).toHaveLength(1);
  expect(stops).toBe(0);
  await target.control.halt();
  expect(await moving).toEqual({ kind: "interrupted" });
});

describe("help", () => {
  it("is made from the table", async () => {
    const { say } = setUp();
    const all = await say("help");
    for (const name of [
      "info replay",
      "replay_break N",
      "savevm [NAME]",
      "x/FMT ADDRESS",
      "cont|c",
      "help|? [COMMAND]",
    ]) {
      expect(all).toContain(name + " -- ");
    }
    expect(await say("help stop")).toBe("stop -- stop the machine\n");
    expect((await say("help info")).split("\n")).toHaveLength(11);
    expect(await say("help nothing")).toBe("Error: no command 'nothing'; try 'help'\n");
  });

  it("knows which commands take the machine elsewhere", () => {
    const { monitor } = setUp();
    for (const line of ["c", "system_reset", " replay_seek  5", "seek -1", "loadvm x", "i/b 1", "o/b 1 2"])
      expect(monitor.moves(line)).toBe(true);
    for (const line of ["", "stop", "info replay", "savevm x", "x/4i $pc", "nonsense"])
      expect(monitor.moves(line)).toBe(false);
  });

  it("ignores empty lines and unknown commands", async () => {
    const { say, monitor } = setUp();
    expect(await say("   ")).toBe("");
    expect(await say("info")).toBe("unknown command: 'info'\n");
    expect(await say("stop/4")).toBe("unknown command: 'stop/4'\n");
    expect(monitor.complete("replay")).toEqual(["replay_break", "replay_delete_break", "replay_seek"]);
  });
});
