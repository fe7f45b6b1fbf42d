import { describe, expect, it, vi } from "vitest";
import { CODE, FakeSession } from "../testing/fake-session.ts";
import { FakeHost } from "../testing/gdb-client.ts";
import { type Message, QmpClient } from "../testing/qmp-client.ts";

const open = (session = new FakeSession()): Promise<QmpClient> => new QmpClient(session).open();
const error = (desc: string, errorClass = "GenericError"): Message => ({ error: { class: errorClass, desc } });
const done = { return: {} };

/** A recording that goes on. */
function recording(): FakeSession {
  const session = new FakeSession(5, true);
  session.mode = "record";
  return session;
}

async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}

describe("negotiation", () => {
  it("greets, and takes nothing before qmp_capabilities", async () => {
    const client = new QmpClient(new FakeSession());
    expect(await client.next()).toEqual({
      QMP: { version: { qemu: { major: 10, minor: 2, micro: 2 }, package: "Hindsight 0.1.0" }, capabilities: [] },
    });
    const early = error("Expecting capabilities negotiation with 'qmp_capabilities'", "CommandNotFound");
    expect(await client.ask("query-status")).toEqual(early);
    expect(await client.ask("nonsense")).toEqual(early);
    expect(await client.ask("qmp_capabilities", { enable: ["oob"] })).toEqual(
      error("capability 'oob' is not available"),
    );
    expect(await client.ask("qmp_capabilities")).toEqual(done);
    expect(await client.ask("qmp_capabilities")).toEqual(
      error("Capabilities negotiation is already complete, command ignored", "CommandNotFound"),
    );
    expect(client.text).toMatch(/^\{"QMP": [^\n]*\r\n/);
  });

  it("hangs up on a web page that posts commands", async () => {
    const session = new FakeSession();
    const client = new QmpClient(session);
    client.raw(
      'POST / HTTP/1.1\r\n\r\n{"execute":"qmp_capabilities"}{"execute":"replay-seek","arguments":{"icount":5}}',
    );
    client.raw('{"execute":"qmp_capabilities"}{"execute":"replay-seek","arguments":{"icount":5}}');
    await turns();
    expect([client.closed, session.position, client.messages.length]).toEqual([true, 0, 1]);
  });
});

describe("mistakes", () => {
  it.each([
    ["[]", "QMP input must be a JSON object"],
    ["{}", "QMP input lacks member 'execute'"],
    ['{"execute": 1}', "QMP input member 'execute' must be a string"],
    ['{"execute": "stop", "x": 1}', "QMP input member 'x' is unexpected"],
    ['{"exec-oob": "stop"}', "QMP input member 'exec-oob' is unexpected"],
    ['{"execute": "stop", "arguments": []}', "QMP input member 'arguments' must be an object"],
    ['{"execute": "stop", "arguments": {"a": 1}}', "Parameter 'a' is unexpected"],
    ['{"execute": "replay-break"}', "Parameter 'icount' is missing"],
    [
      '{"execute": "replay-break", "arguments": {"icount": "1"}}',
      "Invalid parameter type for 'icount', expected: integer",
    ],
    [
      '{"execute": "replay-break", "arguments": {"icount": 1.5}}',
      "Invalid parameter type for 'icount', expected: integer",
    ],
    [
      '{"execute": "replay-break", "arguments": {"icount": -1}}',
      "Parameter 'icount' must be between 0 and 9007199254740991",
    ],
    [
      '{"execute": "human-monitor-command", "arguments": {"command-line": 5}}',
      "Invalid parameter type for 'command-line', expected: string",
    ],
    [
      '{"execute": "human-monitor-command", "arguments": {"command-line": "info name", "cpu-index": 1}}',
      "Parameter 'cpu-index' expects a CPU number",
    ],
    ['{"execute": "replay-seek", "arguments": {"icount": 1001}}', "position 1001 is beyond the end of history, 1000"],
    ['{"execute": "replay-delete-break"}', "no replay_break is set"],
    ['{"execute": "__proto__"}', "The command __proto__ has not been found"],
    ['{"execute": "stop", "arguments": {"__proto__": 1}}', "Parameter '__proto__' is unexpected"],
  ])("%s", async (text, desc) => {
    const client = await open();
    client.raw(text);
    expect((await client.next())["error"]).toMatchObject({ desc });
  });

  it("answers with the id that was given", async () => {
    const client = await open();
    client.raw('{"execute": "stop", "id": {"a": [1]}}{"execute": "nonsense", "id": "x"}');
    expect(await client.next()).toEqual({ return: {}, id: { a: [1] } });
    expect(await client.next()).toEqual({
      ...error("The command nonsense has not been found", "CommandNotFound"),
      id: "x",
    });
  });
});

describe("queries", () => {
  it("tells of the machine", async () => {
    const client = await open();
    expect(await client.ask("query-status")).toEqual({ return: { running: false, status: "prelaunch" } });
    expect(await client.ask("query-name")).toEqual({ return: {} });
    expect(await client.ask("query-kvm")).toEqual({ return: { enabled: false, present: false } });
    expect(await client.ask("query-block")).toEqual({ return: [] });
    expect(await client.ask("query-memory-size-summary")).toEqual({
      return: { "base-memory": 0x4000, "plugged-memory": 0 },
    });
    const { return: commands } = await client.ask("query-commands");
    expect(commands).toContainEqual({ name: "replay-break" });
    expect(await client.ask("human-monitor-command", { "command-line": "info replay" })).toEqual({
      return: "Replaying execution 'boot.rec': instruction count = 0\r\n",
    });
  });
});

describe("record and replay", () => {
  it("tells the mode and the position", async () => {
    const session = new FakeSession();
    const client = await open(session);
    session.position = 7;
    expect(await client.ask("query-replay")).toEqual({ return: { mode: "play", filename: "boot.rec", icount: 7 } });
    session.mode = "none";
    expect(await client.ask("query-replay")).toEqual({ return: { mode: "none", icount: 7 } });
  });

  it("seeks both ways", async () => {
    const session = new FakeSession();
    const client = await open(session);
    for (const icount of [500, 12, 1000]) {
      expect(await client.ask("replay-seek", { icount })).toEqual(done);
      expect(session.position).toBe(icount);
    }
    expect(client.events).toEqual(["RESUME", "STOP", "RESUME", "STOP", "RESUME", "STOP"]);
  });

  it("sets one break, also behind, but not ahead of the live end", async () => {
    const session = new FakeSession();
    const client = await open(session);
    session.position = 10;
    expect(await client.ask("replay-break", { icount: 20 })).toEqual(done);
    expect(await client.ask("replay-break", { icount: 30 })).toEqual(done);
    expect(session.replayBreak).toBe(30);
    expect(await client.ask("replay-break", { icount: 9 })).toEqual(done);
    expect(session.replayBreak).toBe(9);
    expect(await client.ask("replay-delete-break")).toEqual(done);
    expect(session.replayBreak).toBeUndefined();
    session.mode = "none";
    session.position = session.end;
    expect(await client.ask("replay-break", { icount: 2000 })).toEqual(
      error("replay_break works where history is: nothing is known of what comes after the live end"),
    );
  });

  it("saves, loads and deletes snapshots as jobs", async () => {
    const session = new FakeSession();
    const client = await open(session);
    session.position = 42;
    const place = { vmstate: "disk0", devices: ["disk0"] };
    expect(await client.ask("snapshot-save", { "job-id": "a", tag: "here", ...place })).toEqual(done);
    await turns();
    expect(session.snapshots()).toMatchObject([{ name: "here", position: 42 }]);
    expect(await client.ask("snapshot-save", { "job-id": "a", tag: "there" })).toEqual(
      error("Job ID 'a' already in use"),
    );
    await client.ask("snapshot-save", { "job-id": "b", tag: "here" });
    await turns();
    expect(await client.ask("query-jobs")).toEqual({
      return: [
        { id: "a", type: "snapshot-save", status: "concluded", "current-progress": 1, "total-progress": 1 },
        {
          id: "b",
          type: "snapshot-save",
          status: "concluded",
          "current-progress": 1,
          "total-progress": 1,
          error: "snapshot 'here' exists already",
        },
      ],
    });
    expect(await client.ask("job-dismiss", { id: "a" })).toEqual(done);
    expect(await client.ask("job-dismiss", { id: "a" })).toEqual(error("Job 'a' not found"));
    session.position = 0;
    await client.ask("snapshot-load", { "job-id": "c", tag: "here" });
    await turns();
    expect(session.position).toBe(42);
    await client.ask("snapshot-delete", { "job-id": "d", tag: "here" });
    await turns();
    expect(session.snapshots()).toEqual([]);
    expect(await client.ask("snapshot-save", { "job-id": "5 5", tag: "x" })).toEqual(error("Invalid job ID '5 5'"));
    expect(client.text).toContain('"event": "JOB_STATUS_CHANGE", "data": {"status": "concluded", "id": "a"}');
  });
});

it("describes itself: every command, its arguments, every type that is named", async () => {
  const client = await open();
  const names = (reply: Message): string[] => (reply["return"] as { name: string }[]).map(({ name }) => name);
  const reply = await client.ask("query-qmp-schema");
  const entities = reply["return"] as Record<string, unknown>[];
  const known = names(reply);
  expect(known).toEqual([...new Set(known)]);
  expect(known).toEqual(expect.arrayContaining([...names(await client.ask("query-commands")), "STOP", "SHUTDOWN"]));
  const find = (name: string): Record<string, unknown> => entities.find((entity) => entity["name"] === name)!;
  expect(find("human-monitor-command")).toEqual({
    ...{ name: "human-monitor-command", "meta-type": "command", "allow-oob": false },
    ...{ "arg-type": "human-monitor-command-arguments", "ret-type": "str" },
  });
  expect(find("human-monitor-command-arguments")["members"]).toEqual([
    { name: "command-line", type: "str" },
    { name: "cpu-index", type: "int", default: null },
  ]);
  for (const entity of entities) {
    const members = (entity["members"] as { type: string }[] | undefined) ?? [];
    for (const type of [entity["arg-type"], entity["ret-type"], ...members.map((member) => member.type)])
      if (type !== undefined) expect(known).toContain(type);
  }
});

describe("running", () => {
  it("goes on after snapshot-load when it ran", async () => {
    const session = recording();
    const client = await open(session);
    await client.ask("snapshot-save", { "job-id": "a", tag: "here" });
    const moving = client.target.control.move((s) => s.run());
    await turns();
    await client.ask("snapshot-load", { "job-id": "b", tag: "here" });
    await turns();
    expect(await client.ask("query-status")).toMatchObject({ return: { running: true } });
    await client.ask("stop");
    await moving;
    await client.ask("snapshot-load", { "job-id": "c", tag: "here" });
    await turns();
    expect(await client.ask("query-status")).toMatchObject({ return: { running: false } });
  });

  it("tells of STOP and RESUME, whoever caused them", async () => {
    const session = recording();
    const client = await open(session);
    expect(await client.ask("cont")).toEqual(done);
    expect(client.host.calls).toEqual(["resume"]);
    const moving = client.target.control.move((s) => s.run());
    await turns();
    expect(await client.ask("query-status")).toEqual({ return: { running: true, status: "running" } });
    expect(await client.ask("cont")).toEqual(done);
    expect(client.host.calls).toEqual(["resume"]);
    expect(await client.ask("stop")).toEqual(done);
    await moving;
    expect(await client.ask("query-status")).toEqual({ return: { running: false, status: "paused" } });
    await client.target.control.move((s) => s.step());
    expect(client.events).toEqual(["RESUME", "STOP", "RESUME", "STOP"]);
    expect(client.text).toContain('{"timestamp": {"seconds": -1, "microseconds": -1}, "event": "STOP"}');
  });

  it("is in debug after a breakpoint", async () => {
    const session = new FakeSession();
    const client = await open(session);
    session.setBreakpoints(new Set([CODE + 8n]));
    await client.target.control.move((s) => s.run());
    expect(await client.ask("query-status")).toEqual({ return: { running: false, status: "debug" } });
  });

  it("does not count indexing for running", async () => {
    class Indexing extends FakeSession {
      override get activity(): string | undefined {
        return this.running ? "index" : undefined;
      }
    }
    const client = await open(new Indexing());
    await client.target.control.move((s) => s.run());
    expect(client.events).toEqual([]);
  });

  it("lets stop overtake a motion that another command makes", async () => {
    const session = recording();
    const client = await open(session);
    session.seek = async () => void (await session.run());
    client.raw('{"execute":"replay-seek","arguments":{"icount":1}}');
    await turns();
    client.raw('{"execute":"stop"}');
    expect(await client.next()).toMatchObject({ error: { desc: expect.stringMatching(/^interrupted at position/) } });
    expect(await client.next()).toEqual(done);
  });

  it("sends a BREAK", async () => {
    const session = recording();
    session.position = session.end;
    const client = await open(session);
    expect(await client.ask("chardev-send-break", { id: "serial0" })).toEqual(done);
    expect(session.breaks).toEqual([0]);
    expect(JSON.stringify(await client.ask("chardev-send-break", { id: "con" }))).toContain("chardev 'con' not found");
  });

  it("tells when the guest suspends and wakes, and that it is suspended", async () => {
    const session = recording();
    const client = await open(session);
    const moving = client.target.control.move((s) => s.run());
    await turns();
    session.suspended = true;
    session.onMachineEvent!("suspend", 5);
    expect(await client.ask("query-status")).toEqual({ return: { running: false, status: "suspended" } });
    session.suspended = false;
    session.onMachineEvent!("wake", 6);
    expect(await client.ask("query-status")).toEqual({ return: { running: true, status: "running" } });
    await client.ask("stop");
    await moving;
    expect(client.events).toEqual(["RESUME", "SUSPEND", "WAKEUP", "STOP"]);
  });

  it("wakes a machine that is suspended, and no other", async () => {
    const session = recording();
    session.position = session.end;
    const client = await open(session);
    expect(await client.ask("system_wakeup")).toMatchObject({
      error: { desc: "Unable to wake up: guest is not in suspended state" },
    });
    session.suspended = true;
    expect(await client.ask("system_wakeup")).toEqual(done);
    expect(session.suspended).toBe(false);
  });

  it("resets, with an event, but not what is replayed, nor the past", async () => {
    const session = recording();
    const client = await open(session);
    expect(await client.ask("system_reset")).toMatchObject({
      error: { desc: expect.stringMatching(/^this is the past/) },
    });
    session.position = session.end;
    expect(await client.ask("system_reset")).toEqual(done);
    expect(session.resets).toBe(1);
    expect(client.text).toContain('"event": "RESET", "data": {"guest": false, "reason": "host-qmp-system-reset"}');
  });

  it("tells of the guest's resets while it runs, and of one by a port that is written, not while it is sought", async () => {
    const session = recording();
    const client = await open(session);
    const activity = vi.spyOn(session, "activity", "get").mockReturnValue("seek");
    session.onMachineEvent!("reset", 3);
    activity.mockRestore();
    expect(client.events).toEqual([]);
    session.onMachineEvent!("reset", 4);
    expect(client.events.splice(0)).toEqual(["RESET"]);
    const moving = client.target.control.move((s) => s.run());
    await turns();
    session.onMachineEvent!("reset", 5);
    session.onMachineEvent!("idle", 5);
    await client.ask("stop");
    await moving;
    expect(client.events).toEqual(["RESUME", "RESET", "STOP"]);
    expect(client.text).toContain('"event": "RESET", "data": {"guest": true, "reason": "guest-reset"}');
  });

  it("quits after its reply, and says so to all", async () => {
    const client = await open();
    expect(await client.ask("quit")).toEqual(done);
    await turns();
    expect(client.host.calls).toEqual(["quit"]);
    expect(client.text.trimEnd()).toMatch(
      /"event": "SHUTDOWN", "data": \{"guest": false, "reason": "host-qmp-quit"\}\}$/,
    );
  });

  it("tells of the guest's end", async () => {
    class Ends extends FakeSession {
      override run(): ReturnType<FakeSession["run"]> {
        return this.moving(() => ({ kind: "shutdown", reason: "guest-shutdown" }));
      }
    }
    const client = await open(new Ends());
    await client.target.control.move((s) => s.run());
    expect(client.text).toContain('"data": {"guest": true, "reason": "guest-shutdown"}');
    expect(client.events).toEqual(["RESUME", "SHUTDOWN", "STOP"]);
    expect(await client.ask("query-status")).toEqual({ return: { running: false, status: "shutdown" } });
  });
});

it("tells the time where somebody knows it", async () => {
  class Clock extends FakeHost {
    realTimeMs(): number {
      return 1_700_000_000_123.5;
    }
  }
  const client = await new QmpClient(new FakeSession(), new Clock()).open();
  await client.ask("replay-seek", { icount: 1 });
  expect(client.text).toContain('{"seconds": 1700000000, "microseconds": 123500}');
});

it("writes many lines for people", async () => {
  const client = new QmpClient(new FakeSession(), new FakeHost(), { pretty: true });
  expect(client.text).toMatch(/^\{\n {4}"QMP": \{\n/);
});

it("is closed to a flood", async () => {
  const client = await open();
  client.raw("1 ".repeat(10_000));
  expect(client.closed).toBe(true);
});
