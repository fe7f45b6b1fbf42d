import { describe, expect, it } from "vitest";
import { CODE, COUNTER, FakeSession } from "../testing/fake-session.ts";
import { FakeHost, GdbClient } from "../testing/gdb-client.ts";
import { DebugTarget } from "../target.ts";
import { type ConsoleChannel, MonitorConsole } from "./console.ts";

class TestChannel implements ConsoleChannel {
  output = "";
  closed = false;
  console: MonitorConsole | undefined;
  constructor(readonly interactive = false) {}
  write(bytes: Uint8Array): void {
    this.output += new TextDecoder().decode(bytes);
  }
  hangUp(): void {
    this.closed = true;
  }
  type(text: string): void {
    this.console?.receive(new TextEncoder().encode(text));
  }
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) await Promise.resolve();
  }
}

function setUp(interactive: boolean) {
  const channel = new TestChannel(interactive);
  const host = new FakeHost();
  const session = new FakeSession();
  const console = new MonitorConsole(new DebugTarget(session, host), channel);
  channel.console = console;
  return { channel, host, console, session };
}

describe("the monitor's console", () => {
  it("answers one line after the other, without echo for scripts", async () => {
    const { channel, console } = setUp(false);
    console.greet();
    channel.type("seek 10\ninfo re");
    channel.type("play\r");
    await channel.until("count");
    await channel.until("(qemu) (qemu) Replaying execution 'boot.rec': instruction count = 10\n(qemu) ");
    expect(channel.output).toMatch(/^Hindsight 0.1.0 monitor - type 'help' for more information\n\(qemu\) /);
  });

  it("echoes, erases and completes for people", async () => {
    const { channel } = setUp(true);
    channel.type("info stax\x7f\t\r\n");
    await channel.until("(qemu) ");
    expect(channel.output).toBe("info stax\b \btus \r\nVM status: paused (prelaunch)\r\n(qemu) ");
  });

  it("quits", async () => {
    const { channel, host, console } = setUp(false);
    channel.type("quit\n");
    await console.answered();
    expect(host.calls).toEqual(["quit"]);
  });

  it("does nothing that a web page posts", async () => {
    const { channel, session, console } = setUp(false);
    console.greet();
    channel.type("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nseek 10\n");
    channel.type("seek 11\n");
    await console.answered();
    expect([channel.closed, session.position]).toEqual([true, 0]);
    console.greet();
    channel.type("seek 12\n");
    await console.answered();
    expect(session.position).toBe(12);
  });

  it("keeps a Ctrl-C that comes while gdb looks whether a condition holds", async () => {
    const gdb = new GdbClient(new FakeSession());
    const channel = new TestChannel(true);
    channel.console = new MonitorConsole(gdb.target, channel);
    await gdb.ask(`Z0,${(CODE + 12n).toString(16)},4`);
    await gdb.ask("c");
    channel.type("\x03");
    await gdb.ask(`m${COUNTER.toString(16)},8`);
    expect(await gdb.ask("vCont;c")).toBe("T02thread:01;");
  });

  it("is closed to a flood", () => {
    const { channel } = setUp(false);
    channel.type("x\n".repeat(10_000));
    expect(channel.closed).toBe(true);
  });
});
