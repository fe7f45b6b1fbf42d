import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, guestOptions, hindsight, type Running } from "./command-line.ts";

const help = "sysrq: HELP : loglevel(0-9) reboot(b) crash(c)";
const ready = "Hindsight guest ready";

/** BREAK and a letter within five seconds: the kernel's SysRq on a serial console. */
describe("SysRq by a serial BREAK", { timeout: 600_000 }, () => {
  let folder: string;
  let machine: Running | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-sysrq-"));
  });
  afterAll(() => {
    machine?.end();
    rmSync(folder, { recursive: true });
  });

  it("reaches the kernel by Ctrl-A b, the monitor and telnet; is recorded, and replayed to equal states", async () => {
    const recording = join(folder, "sysrq.hindsight");
    machine = hindsight(...guestOptions(), "-icount", `shift=0,rr=record,rrfile=${recording}`);
    let at = await machine.until(ready);
    machine.type("\x01bh");
    at = await machine.until(help, at);
    machine.type("\x01c");
    at = await machine.until("(qemu) ", at);
    machine.type("chardev-send-break serial0\n");
    at = await machine.until("(qemu) ", at);
    machine.type("\x01ch");
    await machine.until(help, at);
    machine.type("\x01x");
    expect(await machine.exit).toBe(0);

    machine = hindsight(...guestOptions(), "-icount", `shift=0,rr=replay,rrfile=${recording}`);
    const replayed = await machine.until(help, await machine.until(ready));
    await machine.until(help, replayed);
    expect(await machine.exit).toBe(0);
    expect(machine.output).not.toContain("diverge");
  });

  it("reaches the kernel from a telnet client", async () => {
    const port = await freePort();
    machine = hindsight(...guestOptions(), "-monitor", "none", "-serial", `telnet:127.0.0.1:${port},server,wait`);
    await machine.until("waiting for a connection");
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    let output = "";
    const shows = async (text: string): Promise<void> => {
      while (!output.includes(text)) output += String((await once(socket, "data"))[0]);
    };
    await shows(ready);
    socket.write(Buffer.from([255, 243, 0x68]));
    await shows(help);
    socket.destroy();
  });
});
