import { createServer, type Server, type Socket } from "node:net";
import { UserError } from "../base/index.ts";
import { encodePacket, PacketReader, textToHex } from "../debug/index.ts";

/** A connected gdb, as whoever serves it sees it. */
export interface GdbConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface GdbHandlers {
  /** undefined refuses: the reason is told to gdb. */
  open(connection: GdbConnection): { receive(bytes: Uint8Array): void; closed(): void } | string;
}

/** A TCP port of loopback that takes one gdb at a time and turns a second away. */
export class GdbPort {
  private current: Socket | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly handlers: GdbHandlers,
  ) {}

  /** Rejects with a UserError when the port is taken. Port 0: any free one. */
  static async listen(host: string, port: number, handlers: GdbHandlers): Promise<GdbPort> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "address already in use" : error.message;
        reject(new UserError(`cannot listen for gdb on port ${port}: ${why}`));
      });
      server.listen({ host, port }, resolve);
    });
    const result = new GdbPort(server, handlers);
    server.on("connection", (socket) => result.accept(socket));
    return result;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** Resolves when what was written has left. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroySoon();
    });
  }

  private accept(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    if (this.current) return refuse(socket, "another debugger is attached here");
    // Ended by us, the place is free at once; the socket itself may take a while.
    const gone = (): void => {
      if (this.current !== socket) return;
      this.current = undefined;
      if (typeof client === "object") client.closed();
    };
    const close = (): void => {
      socket.end();
      gone();
    };
    this.current = socket;
    const client = this.handlers.open({ send: (bytes) => socket.write(bytes), close });
    if (typeof client === "string") {
      this.current = undefined;
      return refuse(socket, client);
    }
    socket.on("data", (bytes) => this.current === socket && client.receive(bytes));
    socket.on("close", gone);
  }
}

/**
 * gdb shows text and an error only in answer to a packet, so the first one is waited for: its answer says why in
 * gdb's own form, and the connection ends.
 */
function refuse(socket: Socket, reason: string): void {
  const reader = new PacketReader();
  socket.on("data", (bytes) => {
    if (!reader.read(bytes).some((event) => event.kind === "packet")) return;
    socket.write("+");
    socket.end(encodePacket(`E.${reason}`));
  });
}

/** The last words to a gdb whose machine has gone: text for its console, and the end of the process it debugs. */
export function farewell(reason: string): Uint8Array {
  const packets = [encodePacket("O" + textToHex(`${reason}\n`)), encodePacket("X0f")];
  return Uint8Array.from(packets.flatMap((packet) => [...packet]));
}
