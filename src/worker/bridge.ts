import type { BridgeState } from "../api/index.ts";
import { BridgePage, type DebugTarget } from "../debug/index.ts";

/** The WebSocket to the bridge. It lives in the worker, since hidden tabs are throttled. */
export class Bridge {
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

  /** Resolves when the bridge is open; rejects with one line when it cannot be reached. */
  connect(url: string): Promise<void> {
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
