import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  BridgePage,
  DebugTarget,
  decodeMessage,
  encodePacket,
  MONITOR_CHANNEL,
  PacketReader,
  QMP_CHANNEL,
  type WireEvent,
} from "../debug/index.ts";
import { FakeSession } from "../debug/testing/fake-session.ts";
import { FakeHost } from "../debug/testing/gdb-client.ts";
import { Bridge } from "./bridge.ts";

const origin = "http://localhost:5173";
const open: { close(): void }[] = [];
afterEach(() => {
  for (const item of open.splice(0).reverse()) item.close();
});

async function start(ports: { monitorPort?: number; qmpPort?: number } = {}): Promise<Bridge> {
  const bridge = await Bridge.start({ gdbPort: 0, port: 0, origins: [origin], say: () => {}, ...ports });
  open.push(bridge);
  return bridge;
}

/** Resolves with the status of the refusal, or with "open". */
async function knock(url: string, headers: Record<string, string>): Promise<number | "open"> {
  const socket = new WebSocket(url, { headers });
  open.push({ close: () => socket.terminate() });
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode!));
    socket.on("open", () => resolve("open"));
  });
}

/** A page with a machine behind it. */
async function page(bridge: Bridge, session = new FakeSession(), hasMachine = true) {
  const socket = new WebSocket(bridge.url, { headers: { origin } });
  open.push({ close: () => socket.terminate() });
  const target = new DebugTarget(session, new FakeHost());
  const events: string[] = [];
  const end = new BridgePage({ send: (bytes) => socket.send(bytes) }, () => (hasMachine ? target : undefined), {
    ready: (port) => events.push(`ready ${port}`),
    attached: () => events.push("attached"),
    detached: () => events.push("detached"),
  });
  socket.on("message", (data) => end.receive(new Uint8Array(data as Buffer)));
  socket.on("close", () => end.dispose());
  await once(socket, "message");
  return { socket, session, events, end };
}

class Gdb {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  private readonly reader = new PacketReader();
  private readonly packets: string[] = [];
  private wake = () => {};
  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    open.push({ close: () => this.socket.destroy() });
    this.closed = once(this.socket, "close");
    this.socket.on("data", (bytes) => {
      for (const event of this.reader.read(bytes) as WireEvent[])
        if (event.kind === "packet") this.packets.push(event.data);
      this.wake();
    });
  }
  send(packet: string): void {
    this.socket.write(encodePacket(packet));
  }
  async next(): Promise<string> {
    while (this.packets.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.packets.shift()!;
  }
  async ask(packet: string): Promise<string> {
    this.send(packet);
    return this.next();
  }
}

describe("who may connect", () => {
  it("takes a page with the token, from an allowed origin, one at a time", async () => {
    const bridge = await start();
    expect(bridge.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{32}$/);
    expect(await knock(bridge.url, { origin: "http://evil.example" })).toBe(403);
    expect(await knock(bridge.url, { origin: "http://localhost:5173.evil.example" })).toBe(403);
    expect(await knock(bridge.url, {})).toBe(403);
    expect(await knock(bridge.url.replace(/token=.*/, "token=0"), { origin })).toBe(401);
    expect(await knock(bridge.url.replace(/\?.*/, ""), { origin })).toBe(401);
    expect(await knock(bridge.url.replace(/\/\?/, "//\\/?"), { origin: "null" })).toBe(403);
    expect(await knock(bridge.url, { origin })).toBe("open");
    expect(await knock(bridge.url, { origin })).toBe(409);
  });

  it("answers plain HTTP with nothing of interest", async () => {
    const bridge = await start();
    const response = await fetch(bridge.url.replace("ws:", "http:"));
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain(bridge.token);
  });

  it("says when a port is taken", async () => {
    const bridge = await start();
    await expect(Bridge.start({ gdbPort: bridge.port, port: 0, origins: [origin], say: () => {} })).rejects.toThrow(
      /^cannot listen for gdb on port \d+: address already in use$/,
    );
  });
});

describe("gdb", () => {
  it("debugs the page's machine", async () => {
    const bridge = await start();
    const { session, events } = await page(bridge);
    expect(events).toEqual([`ready ${bridge.port}`]);
    const gdb = new Gdb(bridge.port);
    expect(await gdb.ask("?")).toBe("T05thread:01;");
    expect(events).toContain("attached");
    expect(await gdb.ask("s")).toBe("T05thread:01;");
    expect(session.position).toBe(1);
    expect(await gdb.ask("D")).toBe("OK");
    await gdb.closed;
    expect(events).toContain("detached");
    const again = new Gdb(bridge.port);
    expect(await again.ask("?")).toBe("T05thread:01;");
  });

  it("is not a web page that posts its packets, nor kept out by one", async () => {
    const bridge = await start();
    const { session, events } = await page(bridge);
    const idle = connect(bridge.port, "127.0.0.1");
    open.push({ close: () => idle.destroy() });
    await once(idle, "connect");
    const posted = fetch(`http://127.0.0.1:${bridge.port}/`, { method: "POST", body: encodePacket("s") });
    await expect(posted).rejects.toThrow();
    expect([session.position, events]).toEqual([0, [`ready ${bridge.port}`]]);
    expect(await new Gdb(bridge.port).ask("?")).toBe("T05thread:01;");
  });

  it("is refused politely when it is the second, and when there is no page", async () => {
    const bridge = await start();
    const early = new Gdb(bridge.port);
    expect(await early.ask("qSupported")).toBe("E.no page is connected to Hindsight's bridge: open one first");
    await early.closed;
    await page(bridge);
    const first = new Gdb(bridge.port);
    expect(await first.ask("?")).toBe("T05thread:01;");
    const second = new Gdb(bridge.port);
    expect(await second.ask("qSupported")).toBe("E.another debugger is attached here");
    await second.closed;
    expect(await first.ask("s")).toBe("T05thread:01;");
  });

  it("may come again before it is heard that it has gone", async () => {
    const bridge = await start();
    await page(bridge);
    const first = new Gdb(bridge.port);
    expect(await first.ask("?")).toBe("T05thread:01;");
    const second = new Gdb(bridge.port);
    const answer = second.ask("?");
    await once(second.socket, "connect");
    setTimeout(() => first.socket.end(), 20);
    expect(await answer).toBe("T05thread:01;");
    expect(await second.ask("s")).toBe("T05thread:01;");
  });

  it("hears that the page has no machine yet", async () => {
    const bridge = await start();
    const { events } = await page(bridge, undefined, false);
    const gdb = new Gdb(bridge.port);
    expect(await gdb.ask("qSupported")).toBe("E.no machine is open in the page: boot one first");
    await gdb.closed;
    expect(events).toEqual([`ready ${bridge.port}`]);
  });

  it("hears that the tab was closed", async () => {
    const bridge = await start();
    const session = new FakeSession(10, true);
    session.mode = "record";
    const { socket } = await page(bridge, session);
    const gdb = new Gdb(bridge.port);
    await gdb.ask("?");
    gdb.send("c");
    while (!session.atEnd) await new Promise((resolve) => setImmediate(resolve));
    socket.terminate();
    expect(await gdb.next()).toMatch(/^O/);
    expect(await gdb.next()).toBe("X0f");
    await gdb.closed;
  });

  it("ends when the page takes the machine away", async () => {
    const bridge = await start();
    const { end, events } = await page(bridge);
    const gdb = new Gdb(bridge.port);
    await gdb.ask("?");
    end.disconnect();
    await gdb.closed;
    expect(events).toContain("detached");
  });
});

/** A client of a monitor: what it says, then all that it is told. */
async function tell(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  open.push({ close: () => socket.destroy() });
  socket.end(text);
  let told = "";
  for await (const bytes of socket) told += (bytes as Buffer).toString();
  return told;
}

describe("monitors", () => {
  const refusal = (desc: string): string => `{"error":{"class":"GenericError","desc":"${desc}"}}\r\n`;
  const bridgeWithMonitors = (): Promise<Bridge> => start({ monitorPort: 0, qmpPort: 0 });

  it("are there when they are asked for", async () => {
    const bridge = await start();
    expect([bridge.portOf(MONITOR_CHANNEL), bridge.portOf(QMP_CHANNEL)]).toEqual([0, 0]);
    await expect(start({ qmpPort: bridge.port })).rejects.toThrow(
      /^cannot listen for QMP on port \d+: address already/,
    );
  });

  it("reach the page's machine, beside gdb", async () => {
    const bridge = await bridgeWithMonitors();
    const { session } = await page(bridge);
    const gdb = new Gdb(bridge.port);
    expect(await gdb.ask("s")).toBe("T05thread:01;");
    const hmp = bridge.portOf(MONITOR_CHANNEL);
    expect(await tell(hmp, "info replay\nseek 10\n")).toMatch(
      /^Hindsight 0.1.0 monitor [^\n]*\n\(qemu\) Replaying execution 'boot.rec': instruction count = 1\n\(qemu\) \(qemu\) $/,
    );
    const qmp = bridge.portOf(QMP_CHANNEL);
    expect(await tell(qmp, '{"execute":"qmp_capabilities"}{"execute":"query-replay"}')).toMatch(
      /^\{"QMP": .*\r\n\{"return": \{\}\}\r\n\{"return": \{"mode": "play", .*"icount": 10\}\}\r\n$/,
    );
    expect(session.position).toBe(10);
  });

  it("take one client at a time, and none of a web page's", async () => {
    const bridge = await bridgeWithMonitors();
    const { session } = await page(bridge);
    const qmp = bridge.portOf(QMP_CHANNEL);
    const first = connect(qmp, "127.0.0.1");
    open.push({ close: () => first.destroy() });
    await once(first, "data");
    expect(await tell(qmp, "")).toBe(refusal("another client is connected here"));
    for (const port of [bridge.portOf(MONITOR_CHANNEL)]) {
      const posted = fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "seek 10\n" });
      await expect(posted).rejects.toThrow();
    }
    expect(session.position).toBe(0);
  });

  it("say that there is no page, or no machine in it, and end with both", async () => {
    const bridge = await bridgeWithMonitors();
    const [hmp, qmp] = [bridge.portOf(MONITOR_CHANNEL), bridge.portOf(QMP_CHANNEL)];
    expect(await tell(hmp, "stop\n")).toBe("no page is connected to Hindsight's bridge: open one first\n");
    expect(await tell(qmp, "")).toBe(refusal("no page is connected to Hindsight's bridge: open one first"));
    const { socket } = await page(bridge, undefined, false);
    expect(await tell(hmp, "stop\n")).toBe("no machine is open in the page: boot one first\n");
    expect(await tell(qmp, "")).toContain("no machine is open in the page");
    socket.close();
    await once(socket, "close");
    const { end } = await page(bridge);
    const client = connect(qmp, "127.0.0.1");
    open.push({ close: () => client.destroy() });
    await once(client, "data");
    const closed = once(client, "close");
    end.disconnect();
    await closed;
  });
});

it("takes no nonsense for a message", () => {
  for (const bytes of [[], [1], [0, 0], [9, 0], [255, 255, 1]])
    expect(decodeMessage(Uint8Array.from(bytes))).toBeUndefined();
});
