import { expect, it } from "vitest";
import { TelnetDecoder } from "./telnet.ts";

const plain = [..."info status"].map((c) => c.charCodeAt(0));
const negotiation = [255, 251, 3, 255, 253, 1];
const subnegotiation = [255, 250, 24, 0, 255, 255, 120, 255, 240];

it("takes negotiations out, in pieces of any size", () => {
  const bytes = [...negotiation, ...plain.slice(0, 4), 255, 255, ...subnegotiation, ...plain.slice(4), 255, 241, 13];
  const wanted = [...plain.slice(0, 4), 255, ...plain.slice(4), 13];
  expect([...new TelnetDecoder().decode(Uint8Array.from(bytes))]).toEqual(wanted);
  const decoder = new TelnetDecoder();
  expect(bytes.flatMap((byte) => [...decoder.decode(Uint8Array.of(byte))])).toEqual(wanted);
});
