import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Inspection, type Listener, type MachineApi, noMachine, type View, ViewTeller } from "../api/index.ts";
import { Controller } from "./controller.ts";
import { Model } from "./model.ts";
import type { OutputHistory } from "./terminal/history.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("location", { href: "http://localhost/" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A page before a machine that answers with its position only. */
async function page() {
  const view: View = { ...noMachine, mode: "play", end: 1000 };
  const asked: number[] = [];
  let listener: Listener | undefined;
  const teller = new ViewTeller();
  let machineAt = 0;
  const api = {
    subscribe: (given: Listener) => Promise.resolve(void (listener = given)),
    demo: () => Promise.resolve({ boot: false, recording: false, title: "", others: [], kernels: "" }),
    listRecordings: () => Promise.resolve([]),
    inspect: () => {
      asked.push(machineAt);
      return Promise.resolve({ position: machineAt, registers: [], code: [] } as unknown as Inspection);
    },
  } as unknown as MachineApi;
  const controller = new Controller(api, new Model(), {} as OutputHistory, () => {});
  await controller.connect();
  const show = async (change: Partial<View>): Promise<void> => {
    const next = { ...controller.model.view, ...view, ...change };
    machineAt = next.position;
    void listener!.view(teller.change(next));
    await vi.runAllTimersAsync();
  };
  return { controller, asked, show };
}

it("asks for an instant's details once: to look means to stop the indexing of the rest", async () => {
  const { asked, show } = await page();
  await show({ position: 10 });
  for (let indexedTo = 100; indexedTo <= 1000; indexedTo += 100) await show({ position: 10, indexedTo });
  expect(asked).toEqual([10]);
  await show({ position: 20 });
  expect(asked).toEqual([10, 20]);
});

it("asks again when the machine has stopped, and when the user looks elsewhere", async () => {
  const { controller, asked, show } = await page();
  await show({ position: 10, motion: "run" });
  await show({ position: 10, motion: "none" });
  expect(asked).toEqual([10, 10]);
  controller.debugger.showMemory(0x1000n);
  await vi.runAllTimersAsync();
  expect(asked).toEqual([10, 10, 10]);
});

it("steps from where the last seek goes, and drops a step that another seek overtakes", async () => {
  const { controller, show } = await page();
  const asked: string[] = [];
  let arrive = (): void => {};
  Object.assign(controller.api, {
    seek: (position: number) => {
      asked.push(`seek ${position}`);
      return new Promise<boolean>((resolve) => (arrive = () => resolve(true)));
    },
    stepBack: () => Promise.resolve(void asked.push("step back")),
    step: () => Promise.resolve(void asked.push("step")),
  });
  await show({ position: 10 });
  controller.motions.seek(100);
  controller.motions.seek(200);
  controller.motions.stepBack();
  controller.motions.stepBack();
  arrive();
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["seek 100", "seek 200"]);
  arrive();
  await vi.runAllTimersAsync();
  expect(asked.splice(0)).toEqual(["seek 100", "seek 200", "step back", "step back"]);
  controller.motions.seek(300);
  controller.motions.step();
  controller.motions.seek(400);
  arrive();
  await vi.runAllTimersAsync();
  arrive();
  await vi.runAllTimersAsync();
  expect(asked).toEqual(["seek 300", "seek 400"]);
});

it("looks at no instant on the way from one place to another", async () => {
  const { asked, show } = await page();
  await show({ position: 10, motion: "back" });
  await show({ position: 10, motion: "seek" });
  expect(asked).toEqual([]);
  await show({ position: 8, motion: "none" });
  expect(asked).toEqual([8]);
});
