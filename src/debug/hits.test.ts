import { expect, it } from "vitest";
import { AssertionError } from "../base/index.ts";
import { HitTable } from "./hits.ts";
import { CODE, FakeSession } from "./testing/fake-session.ts";

it("one search with a breakpoint of its own at a time: a second one would end the first one's", async () => {
  const session = new FakeSession();
  const hits = new HitTable(session);
  hits.owner().addBreakpoint(CODE + 8n);
  await hits.only(CODE + 4n, async () => {
    await expect(hits.only(CODE + 12n, async () => {})).rejects.toThrow(AssertionError);
    await session.run();
    expect(session.pc).toBe(CODE + 4n);
  });
  await session.run();
  expect(session.pc).toBe(CODE + 8n);
});
