/**
 * Where a device meets the world: a serial line, a network's wire, a keyboard, a pointer. A board numbers its ports, and
 * the log knows them by that number. What a device sends is computed again by every replay; only what arrives is logged.
 */
export interface HostPort {
  /** "stream": bytes on end, cut anywhere. "messages": each arrives whole (a packet, a key, a motion of the pointer). */
  readonly framing: "stream" | "messages";
  /** Bytes, or messages, that the device takes now; a BREAK counts as a byte. */
  room(): number;
  /** Beyond the room it is lost, as on a wire. */
  receive(bytes: Uint8Array): void;
  /** Where the line of a stream can be held low. */
  receiveBreak?(): void;
}

/** What the device sends to the world, at once. */
export type Send = (bytes: Uint8Array) => void;
