import { expect, it } from "vitest";
import { noMachine, type OutputChunk, type View, ViewReader } from "../../api/index.ts";
import { FakeMachine } from "./fake.ts";

/** A page that keeps the last view and all output. */
async function page(machine: FakeMachine) {
  const reader = new ViewReader();
  const seen = { view: noMachine as View, text: "" };
  await machine.subscribe({
    view: (change) => void (seen.view = reader.view(change)),
    output: ({ reset, bytes }: OutputChunk) => {
      seen.text = (reset ? "" : seen.text) + new TextDecoder().decode(bytes);
    },
    notice: () => {},
    over: () => {},
  });
  return seen;
}

it("a made-up recording is replayed, travelled in and left", async () => {
  const machine = new FakeMachine(100e9, 1);
  const seen = await page(machine);
  expect(seen.view.mode).toBe("none");
  await machine.openDemoRecording();
  await machine.pause();
  expect(seen.view).toMatchObject({ mode: "play", motion: "none", end: 812_345_678 });
  expect(seen.text).toContain("Linux version");
  expect(await machine.seek(1234)).toBe(true);
  expect(seen.view.position).toBe(1234);
  await machine.stepBack();
  expect(seen.view.position).toBe(1233);
  expect(await machine.sendInput(Uint8Array.of(65))).toBe(false);
  expect((await machine.listRecordings()).map(({ length }) => length)).toEqual([812_345_678]);
  await machine.close();
  expect(seen.view.mode).toBe("none");
});

it("its breakpoints and its library are as the page left them", async () => {
  const machine = new FakeMachine();
  const seen = await page(machine);
  await machine.addBreakpoint("break", "start_kernel+4", 4);
  const [point] = seen.view.breakpoints;
  expect(point).toMatchObject({ label: "start_kernel+0x4", enabled: true });
  await machine.enableBreakpoint(point!.id, false);
  expect(seen.view.breakpoints[0]?.enabled).toBe(false);
  await machine.removeBreakpoint(point!.id);
  expect(seen.view.breakpoints).toEqual([]);
  await expect(machine.addBreakpoint("break", "nowhere", 4)).rejects.toThrow('no symbol "nowhere"');
  const id = await machine.importRecording(new File(["abc"], "a.hindsight"));
  await machine.renameRecording(id, "b");
  expect((await machine.listRecordings()).map(({ name }) => name)).toEqual(["b"]);
  await expect(machine.importRecording(new File([], "a.txt"))).rejects.toThrow(/not a recording/);
});
