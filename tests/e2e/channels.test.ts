import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../tools/support/process.mjs";
import { Qmp } from "../../tools/lockstep/qmp.ts";
import { freePort, hindsight, Running } from "./command-line.ts";

const running: Running[] = [];
const sockets: Socket[] = [];

/** The machine stopped at power-on. `pipes`: file descriptors from 3 on are sockets of ours. */
function start(line: string, pipes = 0): Running {
  const stdio = new Array<"pipe">(3 + pipes).fill("pipe");
  const args = ["-M", "virt", "-display", "none", "-S", ...line.split(" ")];
  const machine = new Running(spawn(join(root, "bin/hindsight-system-aarch64"), args, { stdio }));
  running.push(machine);
  return machine;
}

/** A connection to a server that is not up yet. */
async function reach(target: number | string): Promise<Socket> {
  for (;;) {
    const socket = typeof target === "number" ? connect(target, "127.0.0.1") : connect(target);
    try {
      await once(socket, "connect");
      sockets.push(socket);
      return socket;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function qmp(socket: Socket): Promise<Qmp> {
  const client = new Qmp(socket, socket);
  await client.open();
  return client;
}

/** Everything that comes until the other end closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = "";
  for await (const bytes of socket) text += (bytes as Buffer).toString("latin1");
  return text;
}

describe("monitors", { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hindsight-channels-"));
    // The first start builds what is out of date, and says so.
    expect(await hindsight("-version").exit).toBe(0);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const machine of running.splice(0)) machine.end();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("speak QMP on an inherited descriptor, beside a console on another, as QEMU's Python harness asks", async () => {
    const machine = start(
      "-chardev socket,id=mon,fd=3 -mon chardev=mon,mode=control -chardev socket,id=console,fd=4 -serial chardev:console",
      2,
    );
    const client = await qmp(machine.process.stdio[3] as Socket);
    expect(await client.execute("query-status")).toEqual({ running: false, status: "prelaunch" });
    await client.execute("cont");
    await client.event("RESUME");
    await client.execute("stop");
    await client.event("STOP");
    await client.execute("quit");
    await client.event("SHUTDOWN");
    expect(await machine.exit).toBe(0);
  });

  it("speak QMP on stdio, in many lines if asked", async () => {
    const machine = start("-qmp stdio");
    const client = new Qmp(machine.process.stdin!, machine.process.stdout!);
    await client.open();
    expect(await client.execute("query-replay")).toEqual({ mode: "none", icount: 0 });
    await client.execute("quit");
    expect(await machine.exit).toBe(0);
    const pretty = start("-qmp-pretty stdio");
    pretty.type('{"execute": "qmp_capabilities"}{"execute": "quit"}');
    expect(await pretty.exit).toBe(0);
    expect(pretty.output).toMatch(/^\{\n {4}"QMP": \{\n/);
  });

  it("speak QMP and HMP at once, on a unix socket and on telnet, to one client after the other", async () => {
    const [path, port] = [join(folder, "qmp.sock"), await freePort()];
    start(`-qmp unix:${path},server=on,wait=off -monitor telnet:127.0.0.1:${port},server,nowait`);
    for (let round = 0; round < 2; round++) {
      const socket = await reach(path);
      const client = await qmp(socket);
      expect(await client.execute("human-monitor-command", { "command-line": "info status" })).toBe(
        "VM status: paused (prelaunch)\r\n",
      );
      socket.end();
      await once(socket, "close");
    }
    const telnet = await reach(port);
    telnet.end(Buffer.from("\xff\xfd\x01info replay\r\nnonsense\r\n", "latin1"));
    const text = await untilClosed(telnet);
    expect(text).toMatch(/^\xff\xfb\x01\xff\xfb\x03Hindsight [^\n]*\r\n\(qemu\) /);
    expect(text).toContain("Record/replay is not active\r\n(qemu) unknown command: 'nonsense'\r\n");
    // Killed, it leaves its socket behind, which is in nobody's way.
    running.at(-1)!.end();
    await running.at(-1)!.exit;
    expect(existsSync(path)).toBe(true);
    const again = start(`-qmp unix:${path},server=on,wait=off`);
    const client = await qmp(await reach(path));
    await client.execute("quit");
    expect(await again.exit).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("wait for a client when they are told to", async () => {
    const port = await freePort();
    const machine = start(`-chardev socket,id=m,host=127.0.0.1,port=${port},server=on -mon m -serial none`);
    await machine.until(`waiting for a connection on 127.0.0.1:${port}\n`);
    const socket = await reach(port);
    socket.write("quit\n");
    expect(await machine.exit).toBe(0);
  });

  it("connect to a server of ours", async () => {
    const server = createServer().listen(join(folder, "ours.sock"));
    const machine = start(`-chardev socket,id=q,path=${join(folder, "ours.sock")} -mon q,mode=control`);
    const [socket] = (await once(server, "connection")) as [Socket];
    sockets.push(socket);
    server.close();
    const client = await qmp(socket);
    await client.execute("quit");
    expect(await machine.exit).toBe(0);
  });

  it("drop a web page that posts commands", async () => {
    const [monitor, control] = [await freePort(), await freePort()];
    const machine = start(`-monitor tcp::${monitor},server,nowait -qmp tcp::${control},server,nowait`);
    (await reach(monitor)).destroy();
    const body = 'quit\n{"execute":"qmp_capabilities"}{"execute":"quit"}';
    for (const port of [monitor, control])
      await expect(fetch(`http://127.0.0.1:${port}/`, { method: "POST", body })).rejects.toThrow();
    const client = await qmp(await reach(control));
    expect(await client.execute("query-status")).toMatchObject({ running: false });
    machine.end();
  });

  it("say what is wrong with a descriptor, a port, an image", async () => {
    const cases: [string, RegExp][] = [
      ["-chardev socket,id=m,fd=77 -mon m", /: fd 77 is no socket: /],
      ["-monitor tcp:127.0.0.1:1", /: could not connect to 127.0.0.1:1: /],
      [
        "-drive file=package.json,format=qcow2,if=none",
        /: -drive file=package.json: the image is damaged: no qcow2 header/,
      ],
    ];
    for (const [line, message] of cases) {
      const machine = start(line);
      expect(await machine.exit, line).toBe(1);
      expect(machine.output, line).toMatch(message);
      expect(machine.output.trimEnd().split("\n"), line).toHaveLength(1);
    }
  });
});

describe("-nographic", { timeout: 60_000 }, () => {
  it("takes Ctrl-A x at once, also before the machine is there", async () => {
    const machine = hindsight("-M", "virt", "-nographic");
    machine.type("\x01x");
    expect(await machine.exit).toBe(0);
  });

  it("takes Ctrl-A x while someone is waited for", async () => {
    const port = await freePort();
    const machine = hindsight(..."-M virt -nographic -serial mon:stdio -qmp".split(" "), `tcp::${port},server`);
    machine.type("\x01x");
    expect(await machine.exit).toBe(0);
  });
});
