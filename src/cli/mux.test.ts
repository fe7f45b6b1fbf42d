import { describe, expect, it } from "vitest";
import { BaseChannel } from "./base-channel.ts";
import { Mux } from "./mux.ts";

class TestChannel extends BaseChannel {
  output = "";
  write(bytes: Uint8Array): void {
    this.output += new TextDecoder().decode(bytes);
  }
  type(text: string): void {
    this.receive(new TextEncoder().encode(text));
  }
}

describe("-nographic", () => {
  function mux() {
    const channel = new TestChannel();
    let quits = 0;
    const both = new Mux(channel, () => quits++);
    const got = { serial: "", monitor: "", connects: 0, returns: 0 };
    both.serial.onData = (bytes) => (got.serial += new TextDecoder().decode(bytes));
    both.serial.onBreak = () => (got.serial += "<break>");
    both.monitor.onData = (bytes) => (got.monitor += new TextDecoder().decode(bytes));
    both.monitor.onConnect = () => got.connects++;
    both.monitor.onReturn = () => got.returns++;
    return { channel, got, quits: () => quits };
  }

  it("switches with Ctrl-A c, sends Ctrl-A with Ctrl-A Ctrl-A", () => {
    const { channel, got } = mux();
    channel.type("ls\r\x01cinfo\x01");
    channel.type("c pwd\x01\x01");
    expect(got).toEqual({ serial: "ls\r pwd\x01", monitor: "info", connects: 1, returns: 0 });
  });

  it("greets whoever is there once in the monitor, as QEMU does, and only prompts from then on", () => {
    const { channel, got } = mux();
    channel.type("\x01c\x01c\x01c\x01c\x01c");
    expect(got).toMatchObject({ connects: 1, returns: 2 });
    channel.onConnect?.();
    expect(got).toMatchObject({ connects: 2, returns: 2 });
    channel.type("\x01c\x01c");
    expect(got).toMatchObject({ connects: 2, returns: 3 });
  });

  // Regression: switched to while the machine was still being made, it greeted nobody, and a script waited for its prompt.
  it("says that someone is there when the monitor comes after it was switched to", () => {
    const channel = new TestChannel();
    const both = new Mux(channel, () => {});
    expect([both.serial.connected, both.monitor.connected]).toEqual([false, false]);
    channel.type("\x01c");
    expect([both.serial.connected, both.monitor.connected]).toEqual([false, true]);
  });

  it("sends a BREAK to the serial port with Ctrl-A b, from the monitor too, or as the channel hears one", () => {
    const { channel, got } = mux();
    channel.type("a\x01bh\x01c");
    channel.type("\x01binfo");
    channel.receive("break");
    expect(got).toEqual({ serial: "a<break>h<break><break>", monitor: "info", connects: 1, returns: 0 });
  });

  it("keeps a BREAK in order until someone takes it", () => {
    const channel = new TestChannel();
    channel.type("a");
    channel.receive("break");
    channel.type("b");
    let got = "";
    channel.onBreak = () => (got += "<break>");
    channel.onData = (bytes) => (got += new TextDecoder().decode(bytes));
    expect(got).toBe("a<break>b");
  });

  it("ends with Ctrl-A x, and explains itself with Ctrl-A h", () => {
    const { channel, quits } = mux();
    channel.type("\x01h");
    expect(channel.output).toContain("Ctrl-A x");
    channel.type("\x01x");
    expect(quits()).toBe(1);
  });
});
