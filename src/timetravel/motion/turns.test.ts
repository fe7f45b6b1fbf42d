import { describe, expect, it } from "vitest";
import { EventEmitter } from "../../base/index.ts";
import { endedBy, type Manner, type Mover, Turns } from "./turns.ts";

/** A mover whose motions last until they are ended, or arrive. */
class FakeMover implements Mover {
  activity: string | undefined;
  readonly log: string[] = [];
  private readonly changes = new EventEmitter<void>();
  private finish: ((how: string) => void) | undefined;

  get running(): boolean {
    return this.activity !== undefined;
  }
  interrupt(): void {
    this.end("interrupted");
  }
  arrive(): void {
    this.end("arrived");
  }
  onChange(listener: () => void) {
    return this.changes.on(listener);
  }

  async move(activity: string): Promise<string> {
    this.activity = activity;
    this.log.push(activity);
    const how = await new Promise<string>((resolve) => (this.finish = resolve));
    this.activity = undefined;
    this.changes.emit();
    return how;
  }
  private end(how: string): void {
    this.finish?.(how);
  }
}

function build() {
  const mover = new FakeMover();
  const turns = new Turns(mover);
  const move = (activity: string, manner: Manner): Promise<string> =>
    turns.take(manner, async (overtaken) => (overtaken ? "overtaken" : mover.move(activity)));
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { mover, turns, move, settled };
}

it("ends a motion for another one by one table", () => {
  const manners: readonly Manner[] = ["end", "follow", "refuse", "wait"];
  const table = Object.fromEntries(
    ["run", "step", "seek", "run back", "last write", "index"].map((motion) => [
      motion,
      manners.filter((manner) => endedBy(motion, manner)).join(" "),
    ]),
  );
  expect(table).toEqual({
    run: "end follow",
    step: "end",
    seek: "end",
    "run back": "end",
    "last write": "end follow",
    index: "end follow refuse",
  });
});

describe("turns", () => {
  it("come in the order of asking, each when the one before has arrived", async () => {
    const { mover, move, settled } = build();
    const all = [move("seek", "follow"), move("step", "follow"), move("step back", "follow")];
    for (const begun of [["seek"], ["seek", "step"], ["seek", "step", "step back"]]) {
      await settled();
      expect(mover.log).toEqual(begun);
      mover.arrive();
    }
    expect(await Promise.all(all)).toEqual(["arrived", "arrived", "arrived"]);
  });

  it("are overtaken by the newest place: what has begun ends, what has not does not begin", async () => {
    const { mover, move, settled } = build();
    const all = [move("seek", "end")];
    await settled();
    all.push(move("step", "follow"), move("run back", "follow"), move("seek", "end"), move("step", "follow"));
    await settled();
    expect(mover.log).toEqual(["seek", "seek"]);
    mover.arrive();
    await settled();
    mover.arrive();
    expect(await Promise.all(all)).toEqual(["interrupted", "overtaken", "overtaken", "arrived", "arrived"]);
  });

  it("end a run for what follows it, and for nobody who waits", async () => {
    const { mover, move, settled } = build();
    const run = move("run", "follow");
    await settled();
    const later = move("run", "wait");
    await settled();
    expect([mover.log, mover.running]).toEqual([["run"], true]);
    const step = move("step", "follow");
    expect(await run).toBe("interrupted");
    // The run behind it gives way at once.
    expect(await later).toBe("interrupted");
    await settled();
    mover.arrive();
    expect(await step).toBe("arrived");
  });

  it("are not held up by an action that fails", async () => {
    const { turns } = build();
    const failing = turns.take("end", () => Promise.reject(new Error("full")));
    const next = turns.take("follow", async () => "done");
    await expect(failing).rejects.toThrow("full");
    expect(await next).toBe("done");
  });

  it("wait for a motion that was started past them, which is ended unless it arrives somewhere", async () => {
    const { mover, move, turns, settled } = build();
    const foreign = mover.move("seek");
    const step = move("step", "follow");
    await settled();
    expect([mover.log, turns.underWay]).toEqual([["seek"], true]);
    mover.arrive();
    expect(await foreign).toBe("arrived");
    await settled();
    mover.arrive();
    await step;
    const run = mover.move("run");
    expect(turns.underWay).toBe(false);
    await turns.take("follow", async () => expect(mover.running).toBe(false));
    expect(await run).toBe("interrupted");
  });

  it("tell when the machine has arrived", async () => {
    const { mover, turns, settled } = build();
    await turns.arrived();
    void mover.move("seek");
    let arrived = false;
    const waiting = turns.arrived().then(() => (arrived = true));
    await settled();
    expect(arrived).toBe(false);
    mover.arrive();
    await waiting;
  });
});
