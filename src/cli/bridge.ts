import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { UserError } from "../base/index.ts";
import {
  decodeMessage,
  encodeMessage,
  GDB_CHANNEL,
  MONITOR_CHANNEL,
  PacketReader,
  QMP_CHANNEL,
} from "../debug/index.ts";
import { farewell, type GdbConnection, GdbPort } from "./gdb-port.ts";
import { type MonitorClient, MonitorPort } from "./monitor-port.ts";

export interface BridgeOptions {
  /** TCP port for gdb; 0: any free one. */
  readonly gdbPort: number;
  /** The same for the monitor and for QMP; not there unless asked for. */
  readonly monitorPort?: number;
  readonly qmpPort?: number;
  /** Port of the WebSocket; 0: any free one. */
  readonly port: number;
  /** Pages that may connect, as browsers name them: "http://localhost:5173". */
  readonly origins: readonly string[];
  /** Secret of this run; made up when missing. */
  readonly token?: string;
  readonly say: (line: string) => void;
}

const LOOPBACK = "127.0.0.1";
const NO_PAGE = "no page is connected to Hindsight's bridge: open one first";
/** More than any packet of gdb's. */
const LONGEST_MESSAGE = 1 << 20;

/**
 * Joins one page and one gdb: a WebSocket for the page, a TCP port for gdb, both on loopback. A page must know the
 * run's token and come from an allowed origin, for any page that a browser shows can reach loopback.
 */
export class Bridge {
  readonly token: string;
  private page: WebSocket | undefined;
  private gdb: { readonly connection: GdbConnection; readonly watch: StopWatch } | undefined;
  private gdbPort: GdbPort | undefined;
  private readonly monitors = new Map<number, MonitorPort>();
  private readonly connections = new Map<number, GdbConnection>();
  private readonly server: Server;
  private readonly sockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE });

  private constructor(private readonly options: BridgeOptions) {
    this.token = options.token ?? randomBytes(16).toString("hex");
    this.server = createServer((_request, response) => {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("Hindsight's bridge speaks WebSocket only\n");
    });
    this.server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
  }

  static async start(options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(options);
    await new Promise<void>((resolve, reject) => {
      bridge.server.once("error", (error) =>
        reject(new UserError(`cannot listen on port ${options.port}: ${error.message}`)),
      );
      bridge.server.listen({ host: LOOPBACK, port: options.port }, resolve);
    });
    try {
      bridge.gdbPort = await GdbPort.listen(LOOPBACK, options.gdbPort, { open: (gdb) => bridge.openGdb(gdb) });
      for (const service of monitorServices) await bridge.listenForMonitor(service);
    } catch (error) {
      bridge.close();
      throw error;
    }
    return bridge;
  }

  /** What the page is told: ws://127.0.0.1:PORT/?token=TOKEN */
  get url(): string {
    const address = this.server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return `ws://${LOOPBACK}:${port}/?token=${this.token}`;
  }

  get port(): number {
    return this.gdbPort?.port ?? 0;
  }

  /** Where the clients of a channel connect; 0: nowhere. */
  portOf(channel: number): number {
    return channel === GDB_CHANNEL ? this.port : (this.monitors.get(channel)?.port ?? 0);
  }

  close(): void {
    this.page?.terminate();
    void this.gdbPort?.close();
    for (const monitor of this.monitors.values()) monitor.close();
    this.server.close();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {});
    const refusal = this.refusal(request);
    if (refusal) {
      this.options.say(`refused a page from ${request.headers.origin ?? "nowhere"}: ${refusal.reason}`);
      const body = `${refusal.reason}\n`;
      socket.end(
        `HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (page) => this.openPage(page));
  }

  private refusal(request: IncomingMessage): { status: string; reason: string } | undefined {
    const { origin, host } = request.headers;
    if (origin === undefined || !this.options.origins.includes(origin)) {
      return { status: "403 Forbidden", reason: "this origin is not allowed; see --origin" };
    }
    const url = URL.parse(request.url ?? "", `http://${host ?? LOOPBACK}`);
    if (!sameSecret(url?.searchParams.get("token") ?? "", this.token)) {
      return { status: "401 Unauthorized", reason: "the token is not this run's" };
    }
    return this.page ? { status: "409 Conflict", reason: "another page is connected" } : undefined;
  }

  private openPage(page: WebSocket): void {
    this.page = page;
    this.options.say("a page has connected");
    page.on("message", (data, isBinary) => isBinary && this.fromPage(new Uint8Array(data as Buffer)));
    page.on("error", () => {});
    page.on("close", () => this.pageClosed());
    page.send(
      encodeMessage({ kind: "ready", ports: [GDB_CHANNEL, MONITOR_CHANNEL, QMP_CHANNEL].map((c) => this.portOf(c)) }),
    );
  }

  private fromPage(bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message?.kind !== "data" && message?.kind !== "close") return;
    const connection = message.channel === GDB_CHANNEL ? this.gdb?.connection : this.connections.get(message.channel);
    if (message.kind === "close") return connection?.close();
    if (message.channel === GDB_CHANNEL) this.gdb?.watch.toGdb(message.bytes);
    connection?.send(message.bytes);
  }

  private pageClosed(): void {
    this.page = undefined;
    this.options.say("the page has gone");
    for (const connection of [...this.connections.values()]) connection.close();
    if (!this.gdb) return;
    if (this.gdb.watch.waiting) this.gdb.connection.send(farewell("The page with the machine has been closed."));
    this.gdb.connection.close();
  }

  private openGdb(connection: GdbConnection): ReturnType<Parameters<typeof GdbPort.listen>[2]["open"]> {
    if (!this.page) return NO_PAGE;
    const watch = new StopWatch();
    this.gdb = { connection, watch };
    this.options.say("gdb has connected");
    this.page.send(encodeMessage({ kind: "open", channel: GDB_CHANNEL }));
    return {
      receive: (bytes) => {
        watch.fromGdb(bytes);
        this.page?.send(encodeMessage({ kind: "data", channel: GDB_CHANNEL, bytes }));
      },
      closed: () => {
        this.gdb = undefined;
        this.options.say("gdb has gone");
        this.page?.send(encodeMessage({ kind: "close", channel: GDB_CHANNEL }));
      },
    };
  }

  private async listenForMonitor({ channel, option, what, refusal }: MonitorService): Promise<void> {
    const port = this.options[option];
    if (port === undefined) return;
    this.monitors.set(
      channel,
      await MonitorPort.listen(port, what, refusal, (client) => this.openMonitor(channel, client)),
    );
  }

  private openMonitor(channel: number, connection: GdbConnection): MonitorClient | string {
    if (!this.page) return NO_PAGE;
    const tell = (kind: "open" | "end" | "close"): void => this.page?.send(encodeMessage({ kind, channel }));
    this.connections.set(channel, connection);
    tell("open");
    return {
      receive: (bytes) => this.page?.send(encodeMessage({ kind: "data", channel, bytes })),
      ended: () => tell("end"),
      closed: () => {
        this.connections.delete(channel);
        tell("close");
      },
    };
  }
}

interface MonitorService {
  readonly channel: number;
  readonly option: "monitorPort" | "qmpPort";
  readonly what: string;
  /** How its clients read why they are turned away. */
  readonly refusal: (reason: string) => string;
}

const monitorServices: readonly MonitorService[] = [
  { channel: MONITOR_CHANNEL, option: "monitorPort", what: "a monitor", refusal: (reason) => `${reason}\n` },
  {
    channel: QMP_CHANNEL,
    option: "qmpPort",
    what: "QMP",
    refusal: (desc) => `${JSON.stringify({ error: { class: "GenericError", desc } })}\r\n`,
  },
];

/** Whether gdb waits for the machine to stop: only then does it listen to what it did not ask for. */
class StopWatch {
  waiting = false;
  private readonly requests = new PacketReader();
  private readonly replies = new PacketReader();

  fromGdb(bytes: Uint8Array): void {
    for (const event of this.requests.read(bytes)) {
      if (event.kind === "packet" && /^([csCS]|vCont;|bc$|bs$)/.test(event.data)) this.waiting = true;
    }
  }

  toGdb(bytes: Uint8Array): void {
    for (const event of this.replies.read(bytes)) {
      if (event.kind === "packet" && !/^O[0-9a-f]/.test(event.data)) this.waiting = false;
    }
  }
}

function sameSecret(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)];
  return a.length === b.length && timingSafeEqual(a, b);
}
