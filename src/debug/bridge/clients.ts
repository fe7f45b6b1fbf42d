import { GdbServer, type ServerEvents } from "../gdb/server.ts";
import { encodePacket, PacketReader } from "../gdb/wire.ts";
import { MonitorConsole } from "../monitor/console.ts";
import { writeJson } from "../qmp/json.ts";
import { QmpServer } from "../qmp/server.ts";
import type { DebugTarget } from "../target.ts";
import type { Transport } from "../transport.ts";

/** One debugger at the bridge, as the page serves it. */
export interface BridgeClient {
  receive(bytes: Uint8Array): void;
  /** The client says no more: resolves when it has been answered. */
  answered(): Promise<void>;
  /** The machine goes away, and the conversation with it. */
  end(): void;
  dispose(): void;
}

/** Serves a debugger that has connected; without a machine it is told so. */
export type Serve = (target: DebugTarget | undefined, transport: Transport, events: ServerEvents) => BridgeClient;

const REFUSAL = "no machine is open in the page: boot one first";
/** "+" */
const ACKNOWLEDGED = 0x2b;

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

function refused(receive: (bytes: Uint8Array) => void = () => {}): BridgeClient {
  return { receive, answered: () => Promise.resolve(), end() {}, dispose() {} };
}

/** gdb shows why it is refused only in answer to a packet. */
function refuseGdb(transport: Transport): BridgeClient {
  const reader = new PacketReader();
  return refused((bytes) => {
    if (!reader.read(bytes).some(({ kind }) => kind === "packet")) return;
    transport.send(Uint8Array.of(ACKNOWLEDGED, ...encodePacket(`E.${REFUSAL}`)));
    transport.close();
  });
}

function refuse(transport: Transport, message: string): BridgeClient {
  transport.send(text(message));
  transport.close();
  return refused();
}

function serveMonitor(target: DebugTarget, transport: Transport): BridgeClient {
  const console = new MonitorConsole(target, {
    interactive: false,
    write: (bytes) => transport.send(bytes),
    hangUp: () => transport.close(),
  });
  console.greet();
  return {
    receive: (bytes) => console.receive(bytes),
    answered: () => console.answered(),
    end: () => transport.close(),
    dispose() {},
  };
}

/** By channel. */
export const services: readonly Serve[] = [
  (target, transport, events) => (target ? new GdbServer(target, transport, events) : refuseGdb(transport)),
  (target, transport) => (target ? serveMonitor(target, transport) : refuse(transport, `${REFUSAL}\n`)),
  (target, transport) =>
    target
      ? new QmpServer(target, transport)
      : refuse(transport, `${writeJson({ error: { class: "GenericError", desc: REFUSAL } })}\r\n`),
];
