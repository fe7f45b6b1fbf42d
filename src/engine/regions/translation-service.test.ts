import { describe, expect, it } from "vitest";
import type { TranslationJob, TranslationReply } from "./translation.ts";
import { translateElsewhere } from "./translation-service.ts";

const reply = (id: number): TranslationReply => ({
  id,
  module: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
  bytes: 8,
  regions: [],
});

describe("a translator elsewhere", () => {
  function started(): {
    service: ReturnType<typeof translateElsewhere>;
    jobs: TranslationJob[];
    answer: (reply: TranslationReply) => void;
    fail: (why: string) => void;
    starts: () => number;
  } {
    const jobs: TranslationJob[] = [];
    let answer: (reply: TranslationReply) => void = () => {};
    let fail: (why: string) => void = () => {};
    let starts = 0;
    const service = translateElsewhere([], (onReply, onFailure) => {
      starts++;
      answer = onReply;
      fail = onFailure;
      return { post: (job) => void jobs.push(job) };
    });
    return { service, jobs, answer: (r) => answer(r), fail: (why) => fail(why), starts: () => starts };
  }

  it("starts with the first job, and answers each to who asked", () => {
    const { service, jobs, answer, starts } = started();
    expect(starts()).toBe(0);
    const got: string[] = [];
    service.request([], () => got.push("first"));
    service.request([], () => got.push("second"));
    expect([starts(), jobs.map(({ id }) => id)]).toEqual([1, [0, 1]]);
    answer(reply(1));
    answer(reply(0));
    expect(got).toEqual(["second", "first"]);
  });

  it("has a module take the place of others, here and where they are kept", () => {
    const { service, jobs, answer } = started();
    for (const id of [0, 1, 2]) {
      service.request([], () => {});
      answer({ ...reply(id), kept: `stamp ${id}` });
    }
    const [first, second] = service.known!();
    service.request([], () => {}, { replaces: [first!, second!] });
    expect(jobs[3]!.replaces).toEqual(["stamp 0", "stamp 1"]);
    expect([...service.known!()].map(({ kept }) => kept)).toEqual(["stamp 0", "stamp 1", "stamp 2"]);
    answer({ ...reply(3), kept: "together" });
    expect([...service.known!()].map(({ kept }) => kept)).toEqual(["stamp 2", "together"]);
  });

  it("says why it failed, and asks for nothing more", () => {
    const { service, jobs, answer, fail } = started();
    const got: string[] = [];
    service.request([], () => got.push("late"));
    fail("out of memory");
    answer(reply(0));
    service.request([], () => got.push("never"));
    expect([service.failure?.(), jobs.length, got]).toEqual(["out of memory", 1, []]);
  });
});
