import { expect, it } from "vitest";
import type { WatchHit } from "../../machine/index.ts";
import { machine } from "../testing/sessions.ts";
import { Hits } from "./hits.ts";

const watchpoint = { kind: "write", address: 4096n, length: 8 } as const;
const hit: WatchHit = { watchpoint, address: 4096n, length: 8, access: "write" } as WatchHit;

function build() {
  const subject = machine();
  const given: string[] = [];
  subject.setBreakpoints = (addresses) => given.push([...addresses].join());
  subject.setWatchpoints = (watchpoints) => given.push(`${watchpoints.length} watched`);
  return { subject, given, hits: new Hits(subject) };
}

it("tells whoever runs from a breakpoint that it is there", () => {
  const { subject, hits } = build();
  expect(hits.toldToRunner()).toEqual([]);
  hits.setBreakpoints(new Set([subject.pc]));
  expect(hits.toldToRunner()).toEqual(["breakpoint"]);
  hits.stopped("watchpoint");
  expect(hits.toldToRunner()).toEqual(["watchpoint", "breakpoint"]);
});

it("tells an access once to who steps over it, from either side, and again after the machine has moved", () => {
  const { hits } = build();
  expect([hits.watchesStep, hits.watchesStepBack]).toEqual([false, false]);
  hits.setWatchpoints([watchpoint]);
  expect([hits.watchesStep, hits.watchesStepBack]).toEqual([true, true]);
  hits.stopped("watchpoint", hits.toldHere);
  expect([hits.watchesStep, hits.watchesStepBack]).toEqual([false, true]);
  hits.stoppedBack(hit);
  expect([hits.watchesStep, hits.watchesStepBack, hits.reportedBehind]).toEqual([true, false, true]);
  hits.leave();
  expect([hits.watchesStep, hits.watchesStepBack, hits.reportedBehind]).toEqual([true, true, false]);
});

it("keeps what is told where the machine stands, by stops that have not moved it", () => {
  const { hits } = build();
  hits.stopped("breakpoint");
  hits.stopped("watchpoint", hits.toldHere);
  expect(hits.toldHere).toEqual(["breakpoint", "watchpoint"]);
  hits.stopped("watchpoint");
  expect(hits.toldHere).toEqual(["watchpoint"]);
  hits.stoppedBack(undefined);
  expect([hits.toldHere, hits.reportedBehind]).toEqual([["breakpoint"], false]);
});

it("where watchpoints stop after the access, tells it again to who turns round, and the next one to who goes on", () => {
  const { subject, hits } = build();
  Object.assign(subject.debug, { watchpoints: "after" });
  hits.setWatchpoints([watchpoint]);
  const seen = (): unknown[] => [hits.toldHere, hits.watchesStep, hits.watchesStepBack, hits.reportedBehind];
  hits.stopped("watchpoint", ["breakpoint"]);
  expect(seen()).toEqual([[], true, true, false]);
  hits.stoppedBack(hit);
  expect(seen()).toEqual([[], true, true, false]);
  hits.stopped("breakpoint");
  expect([hits.watchesStepBack, hits.reportedBehind]).toEqual([true, false]);
});

it("steps up to a watched access without the breakpoint that it steps from", () => {
  const { given, hits } = build();
  hits.setBreakpoints(new Set([8n]));
  const stop = hits.watched((policy) => {
    given.push(policy.kind);
    return { kind: "position" };
  });
  expect([stop.kind, given]).toEqual(["position", ["8", "", "stop", "8"]]);
});

it("leaves the machine to a search, and gives it afterwards what was set meanwhile", async () => {
  const { given, hits } = build();
  hits.setBreakpoints(new Set([8n]));
  await hits.aside(async () => {
    given.push("search");
    hits.setBreakpoints(new Set([16n]));
    hits.setWatchpoints([watchpoint]);
  });
  expect(given).toEqual(["8", "search", "16", "1 watched"]);
});
