import { describe, expect, it } from "vitest";
import { DebugTarget } from "../debug/index.ts";
import { FakeSession } from "../debug/testing/fake-session.ts";
import { FakeHost } from "../debug/testing/gdb-client.ts";
import type { Channel } from "./channel.ts";
import { MonitorConsole } from "./console.ts";
import { Mux } from "./mux.ts";

class TestChannel implements Channel {
  onData: ((bytes: Uint8Array) => void) | undefined;
  onConnect: (() => void) | undefined;
  output = "";
  constructor(readonly interactive = false) {}
  write(bytes: Uint8Array): void {
    this.output += new TextDecoder().decode(bytes);
  }
  async close(): Promise<void> {}
  type(text: string): void {
    this.onData?.(new TextEncoder().encode(text));
  }
  async until(text: string): Promise<void> {
    while (!this.output.includes(text)) await Promise.resolve();
  }
}

function setUp(interactive: boolean) {
  const channel = new TestChannel(interactive);
  const host = new FakeHost();
  const console = new MonitorConsole(new DebugTarget(new FakeSession(), host), channel);
  return { channel, host, console };
}

describe("the monitor's console", () => {
  it("answers one line after the other, without echo for scripts", async () => {
    const { channel, console } = setUp(false);
    console.greetUnlessMuxed(true);
    channel.type("seek 10\ninfo re");
    channel.type("play\r");
    await channel.until("count");
    await channel.until("(qemu) (qemu) Replaying execution 'boot.rec': instruction count = 10\n(qemu) ");
    expect(channel.output).toMatch(/^Hindsight 0.1.0 monitor - type 'help' for more information\n\(qemu\) /);
  });

  it("echoes, erases and completes for people", async () => {
    const { channel } = setUp(true);
    channel.type("info stax\x7f\t\r");
    await channel.until("(qemu) ");
    expect(channel.output).toBe("info stax\b \btus \r\nVM status: paused\r\n(qemu) ");
  });

  it("quits", async () => {
    const { channel, host } = setUp(false);
    channel.type("quit\n");
    while (host.calls.length === 0) await Promise.resolve();
    expect(host.calls).toEqual(["quit"]);
  });
});

describe("-nographic", () => {
  function mux() {
    const channel = new TestChannel();
    let quits = 0;
    const both = new Mux(channel, () => quits++);
    const got = { serial: "", monitor: "", connects: 0 };
    both.serial.onData = (bytes) => (got.serial += new TextDecoder().decode(bytes));
    both.monitor.onData = (bytes) => (got.monitor += new TextDecoder().decode(bytes));
    both.monitor.onConnect = () => got.connects++;
    return { channel, got, quits: () => quits };
  }

  it("switches with Ctrl-A c, sends Ctrl-A with Ctrl-A Ctrl-A", () => {
    const { channel, got } = mux();
    channel.type("ls\r\x01cinfo\x01");
    channel.type("c pwd\x01\x01");
    expect(got).toEqual({ serial: "ls\r pwd\x01", monitor: "info", connects: 1 });
  });

  it("ends with Ctrl-A x, and explains itself with Ctrl-A h", () => {
    const { channel, quits } = mux();
    channel.type("\x01h");
    expect(channel.output).toContain("Ctrl-A x");
    channel.type("\x01x");
    expect(quits()).toBe(1);
  });
});
