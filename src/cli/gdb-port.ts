import { createServer, type Server, type Socket } from "node:net";
import { encodePacket, PacketReader, textToHex } from "../debug/index.ts";
import { keepIn, listenOn, portOf } from "./listen.ts";

const handoverMs = 100;

/** A connected gdb, as whoever serves it sees it. */
export interface GdbConnection {
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface GdbHandlers {
  /** A text refuses: it is told to gdb. */
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
    await listenOn(server, host, port, "gdb");
    const result = new GdbPort(server, handlers);
    server.on("connection", (socket) => result.accept(socket));
    return result;
  }

  get port(): number {
    return portOf(this.server);
  }

  /** Resolves when what was written has left. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      for (const socket of this.sockets) socket.destroySoon();
    });
  }

  private accept(socket: Socket): void {
    keepIn(this.sockets, socket);
    socket.once("data", (first) => {
      if (!isGdb(first)) socket.destroy();
      else if (!this.current) this.serve(socket, first);
      else {
        // One that disconnects and connects again may be heard of in the other order.
        socket.pause();
        setTimeout(() => {
          this.serve(socket, first);
          socket.resume();
        }, handoverMs);
      }
    });
  }

  private serve(socket: Socket, first: Uint8Array): void {
    if (socket.destroyed) return;
    if (this.current) return refuse(socket, first, "another debugger is attached here");
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
      return refuse(socket, first, client);
    }
    const receive = (bytes: Uint8Array): void => void (this.current === socket && client.receive(bytes));
    socket.on("data", receive);
    socket.on("end", gone);
    socket.on("close", gone);
    receive(first);
  }
}

/**
 * gdb speaks first, in its own protocol. Any page that a browser shows can send HTTP here, and a packet in its body
 * would be obeyed: a request's first letter ends it, before anything knows of it.
 */
function isGdb(first: Uint8Array): boolean {
  return "+-$\x03".includes(String.fromCharCode(first[0]!));
}

/**
 * gdb shows text and an error only in answer to a packet, so the first one is waited for: its answer says why in
 * gdb's own form, and the connection ends.
 */
function refuse(socket: Socket, first: Uint8Array, reason: string): void {
  const reader = new PacketReader();
  const answer = (bytes: Uint8Array): void => {
    if (!reader.read(bytes).some((event) => event.kind === "packet")) return;
    socket.write("+");
    socket.end(encodePacket(`E.${reason}`));
  };
  socket.on("data", answer);
  answer(first);
}

/** The last words to a gdb whose machine has gone: text for its console, and the end of the process it debugs. */
export function farewell(reason: string): Uint8Array {
  const packets = [encodePacket("O" + textToHex(`${reason}\n`)), encodePacket("X0f")];
  return Uint8Array.from(packets.flatMap((packet) => [...packet]));
}
