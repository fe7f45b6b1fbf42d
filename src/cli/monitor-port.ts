import { createServer, type Server, type Socket } from "node:net";
import type { GdbConnection } from "./gdb-port.ts";
import { keepIn, listenOn, portOf } from "./listen.ts";

export interface MonitorClient {
  receive(bytes: Uint8Array): void;
  /** They say no more. */
  ended(): void;
  closed(): void;
}

/** A TCP port of loopback that takes one client of a monitor at a time and turns a second away. */
export class MonitorPort {
  private current: Socket | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly refusal: (reason: string) => string,
    private readonly open: (connection: GdbConnection) => MonitorClient | string,
  ) {}

  /**
   * `what`: who is waited for, for messages. `open`: a text refuses, and is the reason; `refusal`: how the client
   * reads one. Rejects with a UserError when the port is taken. Port 0: any free one.
   */
  static async listen(
    port: number,
    what: string,
    refusal: (reason: string) => string,
    open: (connection: GdbConnection) => MonitorClient | string,
  ): Promise<MonitorPort> {
    const server = createServer({ allowHalfOpen: true });
    await listenOn(server, "127.0.0.1", port, what);
    const result = new MonitorPort(server, refusal, open);
    server.on("connection", (socket) => result.accept(socket));
    return result;
  }

  get port(): number {
    return portOf(this.server);
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroySoon();
  }

  private accept(socket: Socket): void {
    keepIn(this.sockets, socket);
    if (this.current) return this.refuse(socket, "another client is connected here");
    const gone = (): void => {
      if (this.current !== socket) return;
      this.current = undefined;
      if (typeof client === "object") client.closed();
    };
    this.current = socket;
    const close = (): void => {
      socket.destroySoon();
      gone();
    };
    const client = this.open({ send: (bytes) => socket.write(bytes), close });
    if (typeof client === "string") {
      this.current = undefined;
      return this.refuse(socket, client);
    }
    socket.on("data", (bytes) => this.current === socket && client.receive(bytes));
    socket.on("end", () => this.current === socket && client.ended());
    socket.on("close", gone);
  }

  private refuse(socket: Socket, reason: string): void {
    socket.end(this.refusal(reason));
    socket.resume();
  }
}
