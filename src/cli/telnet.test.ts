import { expect, it } from "vitest";
import { TelnetDecoder } from "./telnet.ts";

const plain = [..."info status"].map((c) => c.charCodeAt(0));
const negotiation = [255, 251, 3, 255, 253, 1];
const subnegotiation = [255, 250, 24, 0, 255, 255, 120, 255, 240];

const flat = (decoder: TelnetDecoder, bytes: readonly number[]) =>
  decoder
    .decode(Uint8Array.from(bytes))
    .flatMap((piece): (string | number)[] => (piece === "break" ? [piece] : [...piece]));

it("takes negotiations out, in pieces of any size", () => {
  const bytes = [...negotiation, ...plain.slice(0, 4), 255, 255, ...subnegotiation, ...plain.slice(4), 255, 241, 13];
  const wanted = [...plain.slice(0, 4), 255, ...plain.slice(4), 13];
  expect(flat(new TelnetDecoder(), bytes)).toEqual(wanted);
  const decoder = new TelnetDecoder();
  expect(bytes.flatMap((byte) => flat(decoder, [byte]))).toEqual(wanted);
});

it("hears a BREAK in its place, but not in a subnegotiation", () => {
  const bytes = [65, 255, 243, 66, 255, 250, 24, 255, 243, 255, 240, 255, 243];
  const wanted = [65, "break", 66, "break"];
  expect(flat(new TelnetDecoder(), bytes)).toEqual(wanted);
  const decoder = new TelnetDecoder();
  expect(bytes.flatMap((byte) => flat(decoder, [byte]))).toEqual(wanted);
});
