import type { Disposable } from "../../base/index.ts";
import { GdbServer } from "../gdb/server.ts";
import { encodePacket, PacketReader } from "../gdb/wire.ts";
import type { DebugTarget } from "../target.ts";
import { decodeMessage, encodeMessage, GDB_CHANNEL } from "./messages.ts";

/** As much of a WebSocket as is needed here. */
export interface Socket {
  send(bytes: Uint8Array<ArrayBuffer>): void;
}

/** "+" */
const ACKNOWLEDGED = 0x2b;

export interface BridgeEvents {
  /** The bridge listens for gdb on this port of loopback. */
  ready(gdbPort: number): void;
  attached(): void;
  detached(): void;
}

/**
 * The page's end of the bridge: each gdb that connects there gets a server for the machine that `target` names at that
 * moment. Feed it every message of the socket; dispose it when the socket has closed.
 */
export class BridgePage implements Disposable {
  private server: GdbServer | undefined;
  /** A debugger that came when there was no machine; gdb shows why only in answer to a packet. */
  private refused: PacketReader | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly target: () => DebugTarget | undefined,
    private readonly events: BridgeEvents,
  ) {}

  receive(bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message?.kind === "ready") return this.events.ready(message.ports[GDB_CHANNEL] ?? 0);
    if (message?.channel !== GDB_CHANNEL) return;
    if (message.kind === "open") this.open();
    else if (message.kind === "data") {
      this.server?.receive(message.bytes);
      if (this.refused?.read(message.bytes).some(({ kind }) => kind === "packet")) this.refuse();
    } else this.close();
  }

  /** Ends the debugger's conversation: before the page takes the machine away, say. */
  disconnect(): void {
    this.server?.end();
    this.server = undefined;
  }

  dispose(): void {
    this.close();
  }

  private open(): void {
    this.close();
    const target = this.target();
    if (target) this.server = new GdbServer(target, this.transport, this.events);
    else this.refused = new PacketReader();
  }

  private refuse(): void {
    this.transport.send(
      Uint8Array.of(ACKNOWLEDGED, ...encodePacket("E.no machine is open in the page: boot one first")),
    );
    this.transport.close();
    this.refused = undefined;
  }

  private readonly transport = {
    send: (bytes: Uint8Array<ArrayBuffer>) =>
      this.socket.send(encodeMessage({ kind: "data", channel: GDB_CHANNEL, bytes })),
    close: () => this.socket.send(encodeMessage({ kind: "close", channel: GDB_CHANNEL })),
  };

  private close(): void {
    this.server?.dispose();
    this.server = undefined;
    this.refused = undefined;
  }
}
