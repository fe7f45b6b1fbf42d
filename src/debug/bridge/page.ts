import type { Disposable } from "../../base/index.ts";
import type { DebugTarget } from "../target.ts";
import { type BridgeClient, services } from "./clients.ts";
import { decodeMessage, encodeMessage, GDB_CHANNEL } from "./messages.ts";

/** As much of a WebSocket as is needed here. */
export interface Socket {
  send(bytes: Uint8Array<ArrayBuffer>): void;
}

export interface BridgeEvents {
  /** The bridge listens for gdb on this port of loopback. */
  ready(gdbPort: number): void;
  attached(): void;
  detached(): void;
}

/**
 * The page's end of the bridge: each gdb, monitor or QMP client that connects there is served with the machine that
 * `target` names at that moment. Feed it every message of the socket; dispose it when the socket has closed.
 */
export class BridgePage implements Disposable {
  private readonly clients = new Map<number, BridgeClient>();

  constructor(
    private readonly socket: Socket,
    private readonly target: () => DebugTarget | undefined,
    private readonly events: BridgeEvents,
  ) {}

  receive(bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (!message) return;
    if (message.kind === "ready") return this.events.ready(message.ports[GDB_CHANNEL] ?? 0);
    const { channel } = message;
    const client = this.clients.get(channel);
    if (message.kind === "open") this.open(channel);
    else if (message.kind === "data") client?.receive(message.bytes);
    else if (message.kind === "close") this.close(channel);
    else void client?.answered().then(() => this.hangUp(channel, client));
  }

  /** Ends the debuggers' conversations: before the page takes the machine away, say. */
  disconnect(): void {
    for (const client of this.clients.values()) client.end();
    this.clients.clear();
  }

  dispose(): void {
    for (const channel of [...this.clients.keys()]) this.close(channel);
  }

  private open(channel: number): void {
    this.close(channel);
    const serve = services[channel];
    if (!serve) return;
    const transport = {
      send: (bytes: Uint8Array<ArrayBuffer>) => this.socket.send(encodeMessage({ kind: "data", channel, bytes })),
      close: () => this.socket.send(encodeMessage({ kind: "close", channel })),
    };
    this.clients.set(channel, serve(this.target(), transport, this.events));
  }

  private hangUp(channel: number, client: BridgeClient): void {
    if (this.clients.get(channel) !== client) return;
    this.socket.send(encodeMessage({ kind: "close", channel }));
    this.close(channel);
  }

  private close(channel: number): void {
    this.clients.get(channel)?.dispose();
    this.clients.delete(channel);
  }
}
