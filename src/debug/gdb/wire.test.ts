import { describe, expect, it } from "vitest";
import { encodePacket, fromHex, PACKET_BYTES, PacketReader } from "./wire.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const read = (text: string) => new PacketReader().read(bytes(text));
const packet = (data: string) => ({ kind: "packet", data });

describe("reading", () => {
  it("takes a packet and checks its sum", () => {
    expect(read("$g#67")).toEqual([packet("g")]);
    expect(read("$g#68")).toEqual([{ kind: "damaged" }]);
    expect(read("$g#zz")).toEqual([{ kind: "damaged" }]);
    expect(read("$#00")).toEqual([packet("")]);
  });

  it("takes acknowledgements and the interrupt byte between packets, and nothing else", () => {
    expect(read("+-\x03 \n#x$?#3f")).toEqual([{ kind: "ack" }, { kind: "nak" }, { kind: "interrupt" }, packet("?")]);
  });

  it("takes the interrupt byte as data inside a packet", () => {
    expect(read("$X\x03#5b")).toEqual([packet("X\x03")]);
  });

  it("undoes escapes and run lengths", () => {
    expect(read("$a}\x03}\x04b#d" + "0")[0]!.kind).toBe("damaged");
    const escaped = encodePacket("a#$}*b");
    expect(new PacketReader().read(escaped)).toEqual([packet("a#$}*b")]);
    expect(read("$0* #7a")).toEqual([packet("0000")]);
    expect(read("$* #4a")).toEqual([{ kind: "damaged" }]);
    expect(read("$0*#5a")).toEqual([{ kind: "damaged" }]);
    expect(read("$a}#de")).toEqual([{ kind: "damaged" }]);
  });

  it("takes bytes one by one", () => {
    const reader = new PacketReader();
    const events = [...bytes("+$m0,4#fd")].flatMap((b) => reader.read(Uint8Array.of(b)));
    expect(events).toEqual([{ kind: "ack" }, packet("m0,4")]);
  });

  it("starts afresh at a dollar inside a packet", () => {
    expect(read("$gg$g#67")).toEqual([{ kind: "damaged" }, packet("g")]);
  });

  it("bounds the size, also of run lengths", () => {
    expect(read("$" + "a".repeat(PACKET_BYTES + 1) + "#00$g#67")).toEqual([{ kind: "too-long" }, packet("g")]);
    expect(read("$a" + "*~".repeat(PACKET_BYTES) + "#00")).toEqual([{ kind: "too-long" }]);
    const longest = "a".repeat(PACKET_BYTES);
    expect(new PacketReader().read(encodePacket(longest))).toEqual([packet(longest)]);
  });
});

describe("writing", () => {
  it("frames, sums and escapes", () => {
    expect(String.fromCharCode(...encodePacket("OK"))).toBe("$OK#9a");
    expect(String.fromCharCode(...encodePacket("*"))).toBe("$}\x0a#87");
  });

  it("round-trips any bytes in any pieces", () => {
    const random = generator(1);
    for (let round = 0; round < 300; round++) {
      const data = String.fromCharCode(...Array.from({ length: random() % 200 }, () => random() & 0xff));
      const stream = encodePacket(data);
      const cut = random() % (stream.length + 1);
      const reader = new PacketReader();
      expect([...reader.read(stream.subarray(0, cut)), ...reader.read(stream.subarray(cut))]).toEqual([packet(data)]);
    }
  });
});

it("survives hostile bytes and still understands the next packet", () => {
  const random = generator(2);
  const alphabet = bytes("$$##}}**+-\x03abcdef0123456789,:;mMXgG\xff\x00");
  for (let round = 0; round < 3000; round++) {
    const reader = new PacketReader();
    const wild = round % 2 === 0;
    const noise = Uint8Array.from({ length: random() % 120 }, () =>
      wild ? random() & 0xff : alphabet[random() % alphabet.length]!,
    );
    for (const event of reader.read(noise)) {
      if (event.kind === "packet") expect(event.data.length).toBeLessThanOrEqual(PACKET_BYTES);
    }
    // Whatever state the noise left: two hash digits end it at most, then a packet is a packet.
    reader.read(bytes("#00"));
    expect(reader.read(bytes("$g#67")).at(-1)).toEqual(packet("g"));
  }
});

it("reads pairs of hex digits, and nothing else", () => {
  expect(fromHex("00aB09")).toEqual(Uint8Array.of(0, 0xab, 9));
  expect(fromHex("0")).toBeUndefined();
  expect(fromHex("0g")).toBeUndefined();
});

/** xorshift32: seeded, so that a failure repeats. */
function generator(seed: number): () => number {
  let x = seed * 2654435761;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}
