import { expect, it } from "vitest";
import { Arrivals } from "./arrivals.ts";

/** Port 0 a stream, port 1 of messages. */
function build() {
  const room = [0, 0];
  const port = (number: number, framing: "stream" | "messages") => ({ framing, room: () => room[number]! });
  return { room, arrivals: new Arrivals({ ports: [port(0, "stream"), port(1, "messages")] }) };
}

it("cuts a stream where the room ends, joins what was given in pieces, and keeps BREAKs in order", () => {
  const { room, arrivals } = build();
  arrivals.give(0, Uint8Array.of(1));
  arrivals.give(0, Uint8Array.of(2, 3));
  arrivals.giveBreak(0);
  arrivals.give(0, Uint8Array.of(4, 5));
  expect([arrivals.any, arrivals.deliverable, arrivals.take()]).toEqual([true, false, []]);
  room[0] = 5;
  expect(arrivals.deliverable).toBe(true);
  expect(arrivals.take()).toEqual([
    { kind: "arrival", port: 0, bytes: Uint8Array.of(1, 2, 3) },
    { kind: "break", port: 0 },
    { kind: "arrival", port: 0, bytes: Uint8Array.of(4) },
  ]);
  expect(arrivals.take()).toEqual([{ kind: "arrival", port: 0, bytes: Uint8Array.of(5) }]);
  expect([arrivals.any, arrivals.deliverable]).toEqual([false, false]);
});

it("gives messages whole, as many as there is room for, also empty ones", () => {
  const { room, arrivals } = build();
  const packet = Uint8Array.of(1, 2, 3);
  arrivals.give(1, packet);
  arrivals.give(1, Uint8Array.of());
  arrivals.give(1, Uint8Array.of(4));
  // The giver may use its buffer again.
  packet.fill(9);
  room[1] = 2;
  expect(arrivals.take()).toEqual([
    { kind: "arrival", port: 1, bytes: Uint8Array.of(1, 2, 3) },
    { kind: "arrival", port: 1, bytes: Uint8Array.of() },
  ]);
  room[1] = 0;
  const next = build();
  arrivals.handOver(next.arrivals);
  next.room[1] = 1;
  expect([arrivals.any, next.arrivals.take()]).toEqual([
    false,
    [{ kind: "arrival", port: 1, bytes: Uint8Array.of(4) }],
  ]);
});

it("has no room at a port that is not there", () => {
  const { arrivals } = build();
  arrivals.give(7, Uint8Array.of(1));
  expect([arrivals.deliverable, arrivals.take()]).toEqual([false, []]);
});
