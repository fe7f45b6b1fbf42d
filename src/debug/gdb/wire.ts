import { hex, hexDigits } from "../../base/index.ts";
/**
 * gdb's remote serial protocol, bytes only: `$data#checksum`, acknowledgements, escapes, run lengths and the
 * out-of-band interrupt byte (GDB manual, appendix E.1 "Overview"). No meaning here: see server.ts.
 */

/** Longest packet data taken, in bytes after decoding; what qSupported announces as PacketSize. */
export const PACKET_BYTES = 0x4000;

const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
const STAR = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const INTERRUPT = 0x03;

export type WireEvent =
  /** One character per byte. */
  | { readonly kind: "packet"; readonly data: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "ack" }
  | { readonly kind: "nak" }
  /** A wrong checksum or a malformed packet: worth a nak. */
  | { readonly kind: "damaged" }
  /** Longer than PACKET_BYTES; all of it has been skipped. */
  | { readonly kind: "too-long" };

/** Takes a stream of bytes in pieces of any size; any bytes at all are legal input. */
export class PacketReader {
  private state: "outside" | "data" | "escaped" | "repeat" | "checksum1" | "checksum2" = "outside";
  private data: string[] = [];
  private length = 0;
  private sum = 0;
  private wanted = 0;
  private bad = false;

  /** The events that `bytes` completes, in order. */
  read(bytes: Uint8Array): WireEvent[] {
    const events: WireEvent[] = [];
    for (const byte of bytes) {
      const event = this.take(byte);
      if (event) events.push(event);
    }
    return events;
  }

  private take(byte: number): WireEvent | undefined {
    switch (this.state) {
      case "outside":
        if (byte === DOLLAR) this.begin();
        else if (byte === INTERRUPT) return { kind: "interrupt" };
        else if (byte === PLUS) return { kind: "ack" };
        else if (byte === MINUS) return { kind: "nak" };
        return undefined;
      case "data":
      case "escaped":
      case "repeat":
        // A dollar is never data: the packet before it was cut off.
        if (byte === DOLLAR) {
          this.begin();
          return { kind: "damaged" };
        }
        if (byte === HASH) {
          this.bad ||= this.state !== "data";
          this.state = "checksum1";
        } else {
          this.sum = (this.sum + byte) & 0xff;
          this.takeData(byte);
        }
        return undefined;
      case "checksum1":
        this.wanted = hexDigit(byte) * 16;
        this.state = "checksum2";
        return undefined;
      case "checksum2":
        this.wanted += hexDigit(byte);
        this.state = "outside";
        return this.finish();
    }
  }

  private begin(): void {
    this.state = "data";
    this.data = [];
    this.length = 0;
    this.sum = 0;
    this.bad = false;
  }

  private takeData(byte: number): void {
    if (this.state === "escaped") {
      this.append(byte ^ 0x20, 1);
      this.state = "data";
    } else if (this.state === "repeat") {
      const last = this.data.at(-1);
      if (byte < 0x20 || byte > 0x7e || last === undefined) this.bad = true;
      else this.append(last.charCodeAt(0), byte - 29);
      this.state = "data";
    } else if (byte === ESCAPE) {
      this.state = "escaped";
    } else if (byte === STAR) {
      this.state = "repeat";
    } else {
      this.append(byte, 1);
    }
  }

  private append(byte: number, count: number): void {
    this.length += count;
    if (this.length > PACKET_BYTES) return;
    for (let i = 0; i < count; i++) this.data.push(String.fromCharCode(byte));
  }

  private finish(): WireEvent {
    if (this.length > PACKET_BYTES) return { kind: "too-long" };
    if (this.bad || this.wanted !== this.sum) return { kind: "damaged" };
    return { kind: "packet", data: this.data.join("") };
  }
}

/** NaN for anything else, so that the checksum compares unequal. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NaN;
}

/**
 * Frames packet data, one character per byte. Replies are escaped but never run-length encoded: simple clients,
 * such as those of QEMU's test suite, do not expand run lengths.
 */
export function encodePacket(data: string): Uint8Array<ArrayBuffer> {
  const out: number[] = [DOLLAR];
  let sum = 0;
  const put = (byte: number): void => {
    out.push(byte);
    sum = (sum + byte) & 0xff;
  };
  for (let i = 0; i < data.length; i++) {
    const byte = data.charCodeAt(i) & 0xff;
    if (byte === DOLLAR || byte === HASH || byte === ESCAPE || byte === STAR) {
      put(ESCAPE);
      put(byte ^ 0x20);
    } else {
      put(byte);
    }
  }
  const checksum = hexDigits(sum, 2);
  out.push(HASH, checksum.charCodeAt(0), checksum.charCodeAt(1));
  return Uint8Array.from(out);
}

/** Bytes of a hex text; undefined when it is not pairs of hex digits. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** UTF-8 text as hex, for `O` packets and `qRcmd`. */
export function textToHex(text: string): string {
  return hex(new TextEncoder().encode(text));
}
