import { BREAK } from "./base-channel.ts";

const [IAC, SB, SE, BRK] = [255, 250, 240, 243];
const [WILL, WONT, DO, DONT] = [251, 252, 253, 254];

/** IAC WILL ECHO, IAC WILL SUPPRESS-GO-AHEAD: the line is edited at our end (RFC 854, 857, 858). */
export const TELNET_HELLO = Uint8Array.of(IAC, WILL, 1, IAC, WILL, 3);

/**
 * Takes the negotiation out of what a telnet client sends, in pieces of any size; an escaped 255 stays one, and IAC BRK
 * (RFC 854) is a BREAK.
 */
export class TelnetDecoder {
  private state: "data" | "command" | "option" | "subnegotiation" | "subnegotiation command" = "data";

  /** What is left, in order. */
  decode(bytes: Uint8Array): (Uint8Array | typeof BREAK)[] {
    const pieces: (Uint8Array | typeof BREAK)[] = [];
    let out: number[] = [];
    const flush = (): void => {
      if (out.length > 0) pieces.push(Uint8Array.from(out));
      out = [];
    };
    for (const byte of bytes) {
      if (this.state === "command" && byte === BRK) {
        flush();
        pieces.push(BREAK);
      }
      this.take(byte, out);
    }
    flush();
    return pieces;
  }

  private take(byte: number, out: number[]): void {
    switch (this.state) {
      case "data":
        if (byte === IAC) this.state = "command";
        else out.push(byte);
        return;
      case "command":
        if (byte === IAC) out.push(byte);
        if (byte === SB) this.state = "subnegotiation";
        else this.state = [WILL, WONT, DO, DONT].includes(byte) ? "option" : "data";
        return;
      case "option":
        this.state = "data";
        return;
      case "subnegotiation":
        if (byte === IAC) this.state = "subnegotiation command";
        return;
      case "subnegotiation command":
        this.state = byte === SE ? "data" : "subnegotiation";
    }
  }
}
