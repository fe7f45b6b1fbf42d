import { type DebugTarget, MonitorConsole, QmpServer } from "../debug/index.ts";
import type { Channel } from "./channel.ts";

export interface MonitorMode {
  /** "readline" is the human monitor, "control" is QMP. */
  readonly mode: "readline" | "control";
  /** QMP's replies in many lines. */
  readonly pretty: boolean;
}

/** Puts a monitor on a channel: each who connects there is greeted. */
export function serveMonitor(target: DebugTarget, channel: Channel, { mode, pretty }: MonitorMode): void {
  if (mode === "control") serveControl(target, channel, pretty);
  else serveReadline(target, channel);
}

function serveReadline(target: DebugTarget, channel: Channel): void {
  const console = new MonitorConsole(target, channel);
  channel.onConnect = () => console.greet();
  channel.onReturn = () => console.prompt();
  channel.onEnd = () => console.answered();
  if (channel.connected) console.greet();
  channel.onData = (bytes) => console.receive(bytes);
}

function serveControl(target: DebugTarget, channel: Channel, pretty: boolean): void {
  let server: QmpServer | undefined;
  const transport = { send: (bytes: Uint8Array) => channel.write(bytes), close: () => channel.hangUp() };
  channel.onConnect = () => (server = new QmpServer(target, transport, { pretty }));
  channel.onDisconnect = () => server?.dispose();
  channel.onEnd = () => server?.answered() ?? Promise.resolve();
  if (channel.connected) channel.onConnect();
  channel.onData = (bytes) => server?.receive(bytes);
}
