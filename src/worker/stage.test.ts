import { expect, it } from "vitest";
import { UserError } from "../base/index.ts";
import { Stage } from "./stage.ts";

function build() {
  const log: string[] = [];
  const part = (name: string, failure?: Error) => ({
    name,
    dispose: () => {
      log.push(`${name} goes`);
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
  });
  type Part = ReturnType<typeof part>;
  const stage: Stage<Part, Part> = new Stage<Part, Part>({
    leaving: () => log.push(`leaving ${stage.machine?.name ?? "nothing"}`),
    changed: () => log.push(`shows ${stage.machine?.name ?? "nothing"}`),
  });
  return { log, part, stage };
}

it("shows a machine when the one before is gone, which holds its recording to the end", async () => {
  const { log, part, stage } = build();
  expect(() => stage.current()).toThrow(UserError);
  await stage.show(part("first"), part("its recording"));
  expect([stage.current().name, stage.recording?.name]).toEqual(["first", "its recording"]);
  log.length = 0;
  await stage.show(part("second"), part("another"));
  expect(log).toEqual(["leaving nothing", "first goes", "its recording goes", "shows nothing", "shows second"]);
});

it("lets go of a recording whose machine fails to end", async () => {
  const { log, part, stage } = build();
  await stage.show(part("first", new Error("full")), part("its recording"));
  await expect(stage.clear()).rejects.toThrow("full");
  expect([stage.machine, stage.recording, log.includes("its recording goes")]).toEqual([undefined, undefined, true]);
});

it("lets go of a recording that is not shown in the end", async () => {
  const { log, part, stage } = build();
  const recording = part("recording");
  await stage.unlessShown(recording, async () => stage.show(part("machine"), recording));
  expect(log).not.toContain("recording goes");
  const other = part("other");
  await expect(stage.unlessShown(other, () => Promise.reject(new Error("no image")))).rejects.toThrow("no image");
  expect(log).toContain("other goes");
});
