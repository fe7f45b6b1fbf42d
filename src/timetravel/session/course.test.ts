import { describe, expect, it } from "vitest";
import { EventEmitter, hex } from "../../base/index.ts";
import { LiveEnd } from "../door/live-end.ts";
import { History } from "../log/history.ts";
import { SessionLog } from "../log/session-log.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { limits, machine, text } from "../testing/sessions.ts";
import { Course } from "./course.ts";
import type { DroppedBranch } from "./session.ts";
import { defaultLimits, Chronicle } from "./chronicle.ts";

const write = { kind: "write-memory", physicalAddress: 9000, bytes: text("by hand") } as const;
const ignore = { kind: "ignore" } as const;

/** A live end at 5000, without motions and slices: all is synchronous. */
function build() {
  const host = new FakeHost();
  const log = new SessionLog(new History());
  const chronicle = new Chronicle(machine(), log.history, { ...defaultLimits, ...limits }, log.record, () => {});
  const live = new LiveEnd(chronicle, host, log, false);
  live.powerOn();
  const told = new EventEmitter<DroppedBranch>();
  const dropped: DroppedBranch[] = [];
  told.on((branch) => dropped.push(branch));
  const course = new Course(chronicle, host, false, { live, log }, undefined, undefined, told);
  const runTo = (position: number): void => void chronicle.advance(position, ignore);
  const goTo = (position: number): void => {
    course.leaveLive();
    chronicle.restore(chronicle.snapshots.nearest(position));
    runTo(position);
    course.arrived();
  };
  const name = (called: string): Promise<void> => {
    const { position, virtualNs } = chronicle.takeSnapshot();
    return course.log.annotate({ kind: "name", position, virtualNs, name: called });
  };
  runTo(5000);
  course.flush();
  return { course, chronicle, log, live, dropped, runTo, goTo, name, hash: () => hex(chronicle.stateHash()) };
}

describe("the history that a machine is in", () => {
  it("is left at its live end, and goes on when one comes back there", () => {
    const { course, chronicle, runTo, goTo } = build();
    expect([course.end, course.atEnd, chronicle.live]).toEqual([5000, true, true]);
    goTo(1000);
    expect([course.position, course.end, course.atEnd, chronicle.live]).toEqual([1000, 5000, false, false]);
    goTo(5000);
    runTo(5001);
    expect([course.end, chronicle.live]).toEqual([5001, true]);
  });

  it("is a branch after a write in the past, and what it was when one goes to where that was made", () => {
    const { course, chronicle, log, runTo, goTo, dropped, hash } = build();
    const there = hash();
    goTo(1000);
    const [here, { mode }] = [hash(), course];
    expect(course.edit(write)).toEqual({ kind: "position" });
    runTo(2000);
    expect([course.branchedAt, course.end, course.what, course.mode]).toEqual(
      [1000, 2000, "this throw-away branch", mode], // prettier-ignore
    );
    expect([course.recordedLog === log, course.log === log, log.history.end]).toEqual([true, false, 5000]);
    goTo(1001);
    expect([course.branchedAt, dropped]).toEqual([1000, []]);
    goTo(1000);
    expect([course.branchedAt, hash(), course.log === log]).toEqual([undefined, here, true]);
    expect(dropped).toEqual([{ from: 1000, end: 2000, names: [] }]);
    goTo(5000);
    expect([hash(), chronicle.live]).toEqual([there, true]);
  });

  it("goes back to where the branch began when it is thrown away further on, and tells nobody who asked for it", async () => {
    const { course, runTo, goTo, name, dropped } = build();
    goTo(1000);
    course.edit(write);
    runTo(1500);
    await name("in the branch");
    runTo(2000);
    expect(course.rejoin()).toEqual({ from: 1000, end: 2000, names: ["in the branch"] });
    expect([course.position, course.end, dropped]).toEqual([1000, 5000, []]);
    expect(course.rejoin()).toBeUndefined();
  });

  it("says which names a branch loses that begins anew, and which wait aside", async () => {
    const { course, runTo, goTo, name, dropped } = build();
    await name("later");
    goTo(1000);
    course.edit(write);
    expect(course.diversion?.snapshotsAside().map((one) => one.name)).toEqual(["later"]);
    runTo(1500);
    await name("lost");
    runTo(2000);
    goTo(1400);
    course.edit(write);
    expect(dropped).toEqual([{ from: 1000, end: 2000, names: ["lost"], anew: 1400 }]);
    expect([course.branchedAt, course.position, course.end]).toEqual([1000, 1401, 1401]);
    await name("later");
    expect(course.diversion?.snapshotsAside()).toEqual([]);
    expect(course.diversion?.snapshotsLeft().map(({ position }) => position)).toEqual([5000]);
  });

  it("takes a branch in its place, with a name", async () => {
    const { course, log, runTo, goTo, name, dropped, chronicle } = build();
    await name("later");
    goTo(1000);
    course.edit(write);
    runTo(2000);
    const parent = { name: "first", position: 1000, bytes: 1, sha256: "", left: true };
    course.keepBranch("second", parent);
    expect([course.branchedAt, course.recordingName, course.parent]).toEqual([undefined, "second", parent]);
    expect([...course.leftSnapshots]).toEqual([["later", "first"]]);
    expect([course.log === log, course.recordedLog === course.log, course.end, dropped]).toEqual(
      [false, true, 2000, []], // prettier-ignore
    );
    goTo(500);
    goTo(2000);
    runTo(2001);
    expect([chronicle.live, course.end]).toEqual([true, 2001]);
  });

  it("is over when the machine is off: nothing can be written there", () => {
    const { course, goTo } = build();
    course.finish("guest-shutdown");
    expect([course.live, course.edit(write), course.branchedAt]).toEqual([undefined, undefined, undefined]);
    goTo(4000);
    expect([course.edit(write), course.branchedAt]).toEqual([{ kind: "position" }, 4000]);
  });
});
