import { hex } from "../../base/index.ts";
import { DebugTarget, type DebugHost } from "../target.ts";
import { GdbServer } from "../gdb/server.ts";
import { encodePacket, fromHex, PacketReader, type WireEvent } from "../gdb/wire.ts";
import type { Session } from "../../timetravel/index.ts";
import { CODE, LOOP } from "./fake-session.ts";

/** What the program around a debugger was asked, for tests. */
export class FakeHost implements DebugHost {
  readonly version = "0.1.0";
  readonly calls: string[] = [];
  readonly files = new Map<string, Uint8Array>();
  resume(): void {
    this.calls.push("resume");
  }
  quit(): void {
    this.calls.push("quit");
  }
  message(text: string): void {
    this.calls.push(text);
  }
  writeFile(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, bytes);
    return Promise.resolve();
  }
}

/** The program counter of a FakeSession there, as gdb's packets have registers. */
export function pcAt(position: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, CODE + BigInt(4 * (position % LOOP)), true);
  return hex(bytes);
}

/** A gdb that says exactly what a test tells it. */
export class GdbClient {
  readonly host = new FakeHost();
  readonly target: DebugTarget;
  readonly server: GdbServer;
  /** Everything but packets: acks, naks. */
  readonly signs: WireEvent["kind"][] = [];
  closed = false;
  private readonly reader = new PacketReader();
  private readonly packets: string[] = [];
  private wake: (() => void) | undefined;

  constructor(readonly session: Session) {
    this.target = new DebugTarget(session, this.host);
    this.server = new GdbServer(this.target, {
      send: (bytes) => {
        for (const event of this.reader.read(bytes)) {
          if (event.kind === "packet") this.packets.push(event.data);
          else this.signs.push(event.kind);
        }
        this.wake?.();
      },
      close: () => {
        this.closed = true;
      },
    });
  }

  raw(text: string): void {
    this.server.receive(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  }

  send(packet: string): void {
    this.server.receive(encodePacket(packet));
  }

  /** The next packet from the server. */
  async next(): Promise<string> {
    while (this.packets.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.packets.shift()!;
  }

  async ask(packet: string): Promise<string> {
    this.send(packet);
    return this.next();
  }

  /** A monitor command's text. */
  async monitor(command: string): Promise<string> {
    this.send("qRcmd," + Array.from(command, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join(""));
    let text = "";
    for (;;) {
      const packet = await this.next();
      if (packet === "OK" || !packet.startsWith("O")) return text;
      text += new TextDecoder().decode(fromHex(packet.slice(1)));
    }
  }
}
