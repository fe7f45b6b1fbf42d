/**
 * What the bridge and a page say to each other over their WebSocket. The bridge listens for debuggers on loopback TCP
 * and carries bytes, of which it reads none but a connection's first: whether a gdb has come. All messages are binary:
 *
 *   u8 kind   1 open    bridge to page: a debugger has connected
 *             2 data    both ways: bytes of the connection
 *             3 close   both ways: the connection is gone, or is to be closed
 *             4 ready   bridge to page, once, first: u16 little-endian, the TCP port of each channel in order, 0 for none
 *             5 end     bridge to page: the debugger says no more, but waits for what it asked for
 *   u8 channel          0 gdb, 1 monitor, 2 QMP
 *   ...       payload
 *
 * One connection per channel at a time. The page opens ws://127.0.0.1:PORT/?token=TOKEN; the bridge checks the token
 * and the Origin before it accepts.
 */
export type BridgeMessage =
  | { readonly kind: "open"; readonly channel: number }
  | { readonly kind: "data"; readonly channel: number; readonly bytes: Uint8Array }
  | { readonly kind: "close"; readonly channel: number }
  | { readonly kind: "end"; readonly channel: number }
  | { readonly kind: "ready"; readonly ports: readonly number[] };

export const GDB_CHANNEL = 0;
export const MONITOR_CHANNEL = 1;
export const QMP_CHANNEL = 2;

const kinds = ["open", "data", "close", "ready", "end"] as const;

export function encodeMessage(message: BridgeMessage): Uint8Array<ArrayBuffer> {
  const payload =
    message.kind === "data"
      ? message.bytes
      : message.kind === "ready"
        ? message.ports.flatMap((port) => [port & 0xff, port >> 8])
        : [];
  const bytes = new Uint8Array(2 + payload.length);
  bytes[0] = kinds.indexOf(message.kind) + 1;
  bytes[1] = message.kind === "ready" ? 0 : message.channel;
  bytes.set(payload, 2);
  return bytes;
}

/** undefined for anything that is no message. */
export function decodeMessage(bytes: Uint8Array): BridgeMessage | undefined {
  const kind = kinds[(bytes[0] ?? 0) - 1];
  const channel = bytes[1];
  if (!kind || channel === undefined) return undefined;
  const payload = bytes.subarray(2);
  if (kind === "data") return { kind, channel, bytes: payload };
  if (kind !== "ready") return { kind, channel };
  const ports: number[] = [];
  for (let i = 0; i + 1 < payload.length; i += 2) ports.push(payload[i]! | (payload[i + 1]! << 8));
  return { kind, ports };
}
