import { expect, it } from "vitest";
import { OLDEST_SEMANTICS, plainSession, SEMANTICS } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { smallMachine, smallProgram } from "./programs/small.ts";

/**
 * Hash of the small program's state at position 200,000, by version of the semantics. Another hash means that older
 * recordings replay differently, or not at all: give SEMANTICS (src/timetravel/versions.ts) the next number, and add a
 * line here. Lines never change.
 */
const hashes: Readonly<Record<number, string>> = {
  2: "df0e5a6a5cd80ba17b4ffb101f89e0a4",
  3: "df0e5a6a5cd80ba17b4ffb101f89e0a4",
  4: "5438c974633f844a3704caa90036a199",
  5: "5438c974633f844a3704caa90036a199",
};

const replayed = Array.from({ length: SEMANTICS - OLDEST_SEMANTICS + 1 }, (_, n) => OLDEST_SEMANTICS + n);

it.each(replayed)("has the states that recordings of version %i of the semantics have", async (semantics) => {
  const machine = smallMachine(await smallProgram(), loadInterpreter(), semantics);
  const session = plainSession({ machine, host: new FakeHost(1), sleep: false });
  await session.run({ until: 200_000 });
  expect(session.stateHash()).toBe(hashes[semantics]);
});
