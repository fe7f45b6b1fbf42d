import { UserError } from "../base/index.ts";
import type { BridgeState } from "../api/index.ts";
import { BridgePage, type DebugTarget } from "../debug/index.ts";

/** Whether a bridge's address leads to this computer: a debugger can do anything. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  // A name before an @ looks like a host and is none.
  const { protocol, hostname, username, password } = new URL(address);
  return protocol === "ws:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname) && username + password === "";
}

/** The WebSocket to the bridge. It lives in the worker, since hidden tabs are throttled. */
export class BridgeLink {
  private socket: WebSocket | undefined;
  private page: BridgePage | undefined;
  private port = 0;
  private gdb = false;
  private status: "off" | "connecting" | "open" = "off";
  private reason = "No bridge runs beside this page. Start one with `npm start`, or connect to another one here.";

  constructor(
    private readonly target: () => DebugTarget | undefined,
    private readonly changed: () => void,
  ) {}

  get attached(): boolean {
    return this.gdb;
  }

  state(running: boolean): BridgeState {
    if (this.status === "off") return { kind: "off", reason: this.reason };
    if (this.status === "connecting" || this.port === 0) return { kind: "connecting" };
    return this.gdb ? { kind: "attached", port: this.port, stopped: !running } : { kind: "listening", port: this.port };
  }

  /** `found`: what lies where `npm start` says where its bridge is. */
  async find(found: unknown): Promise<void> {
    const { url } = (found ?? {}) as { readonly url?: unknown };
    if (typeof url === "string") await this.open(url).catch(() => undefined);
    this.changed();
  }

  /** Resolves when the bridge is open; rejects with one line when it cannot be reached. */
  async connect(url: string): Promise<void> {
    if (!isLoopback(url)) throw new UserError("a bridge's address begins with ws://127.0.0.1:");
    await this.open(url);
  }

  private open(url: string): Promise<void> {
    this.socket?.close();
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.status = "connecting";
    this.changed();
    const page = new BridgePage(
      { send: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes) },
      this.target,
      {
        ready: (port) => {
          this.port = port;
          this.changed();
        },
        attached: () => this.setGdb(true),
        detached: () => this.setGdb(false),
      },
    );
    this.page = page;
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => page.receive(new Uint8Array(event.data));
    return new Promise((resolve, reject) => {
      socket.onopen = () => {
        this.status = "open";
        this.changed();
        resolve();
      };
      socket.onclose = () => {
        page.dispose();
        if (this.socket !== socket) return;
        const wasOpen = this.status === "open";
        this.status = "off";
        this.reason = wasOpen
          ? "The bridge has gone. Start it again, then connect."
          : "The bridge does not answer: it may be stopped, serve another tab, or the browser may have refused the local connection.";
        this.setGdb(false);
        if (!wasOpen) reject(new Error(this.reason));
      };
    });
  }

  /** Ends gdb's connection; the bridge stays. */
  detach(): void {
    this.page?.disconnect();
    this.setGdb(false);
  }

  private setGdb(attached: boolean): void {
    this.gdb = attached;
    this.changed();
  }
}
