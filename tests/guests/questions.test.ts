import { expect, it } from "vitest";
import { DebugTarget, Monitor } from "../../src/debug/index.ts";
import { MemoryStore } from "../../src/storage/index.ts";
import { openSession, readRecording } from "../../src/timetravel/index.ts";
import { FakeHost } from "../../src/timetravel/testing/fake-host.ts";
import { record } from "../../src/timetravel/testing/properties.ts";
import { loadInterpreter } from "../support/interpreter.ts";
import { SMALL_DATA, smallMachine, smallProgram } from "./programs/small.ts";

const interpreter = loadInterpreter();
const kernel = await smallProgram();

it("answers the monitor's questions about history", { timeout: 120_000 }, async () => {
  const { file } = await record(() => smallMachine(kernel, interpreter), { seed: 2, length: 40_000, motions: 0 });
  const session = await openSession({
    ...{ machine: smallMachine(kernel, interpreter), host: new FakeHost(3), name: "small", store: new MemoryStore() },
    ...{ recording: readRecording(file), limits: { snapshotInterval: 4096 } },
  });
  const target = new DebugTarget(session, { version: "", resume: () => {}, quit: () => {}, message: () => {} });
  const monitor = new Monitor(target);
  const say = async (line: string): Promise<string> => (await monitor.execute(line)).output;
  const { machine } = session;

  await say("seek 30000");
  // The program writes this byte by its second address: position, instruction and values are those of single steps.
  for (const [offset, length] of [
    [512, 8],
    [80, 16],
    [256, 4],
    [520, 1],
    [0xff8, 16],
    [3, 2],
  ] as const) {
    const answer = await say(`last-write 0x${(SMALL_DATA + offset).toString(16)} ${length}`);
    const [, text, pc] = /written at position (\d+) by pc 0x([0-9a-f]+)/.exec(answer) ?? [];
    expect(answer).toMatch(/^0x4010.*\nold .*\nnew .*\n$/);
    expect(session.position).toBe(30_000);
    const position = Number(text);
    const now = machine.readPhysical(SMALL_DATA + offset, length);
    await session.seek(position);
    expect(machine.pc.toString(16)).toBe(pc);
    const code = machine.debug.disassemble(machine.pc, machine.readVirtual(machine.pc, 4)!).text;
    expect(code).toMatch(/^st/);
    await session.step();
    expect(machine.readPhysical(SMALL_DATA + offset, length)).toEqual(now);
    await session.seek(30_000);
  }
  expect(await say("last-write 0x43000000")).toBe("0x43000000 was not written since power-on\n");
  expect(await say("last-write 0x9000000")).toMatch(/^Error: /);

  const output = Buffer.from(session.outputUntil(0, Infinity)).toString("latin1");
  const wanted = output.slice(10, 14);
  const [, position] = /^position (\d+): /.exec(await say(`find-console ${wanted}`)) ?? [];
  const shown = (at: number): string => Buffer.from(session.outputUntil(0, at)).toString("latin1");
  expect(shown(Number(position)).endsWith(wanted)).toBe(true);
  expect(shown(Number(position) - 1).endsWith(wanted)).toBe(false);
  expect(await say("find-console no such text")).toMatch(/^the console does not show 'no such text' up to position 4/);

  await say("seek 100us");
  expect(machine.nowNs).toBeGreaterThanOrEqual(100_000);
  await session.stepBack();
  expect(machine.nowNs).toBeLessThan(100_000);
  expect(await say("seek 1000s")).toMatch(/^Error: history ends before that/);
  await say("seek 20000");
  session.edit({ kind: "write-memory", physicalAddress: SMALL_DATA + 512, bytes: new Uint8Array(8) });
  expect(await say("when")).toMatch(/^position 20001, .*, in a throw-away branch of 20000; virtual time/);
  expect(await say("info replay")).toMatch(/\nin a throw-away branch of 20000, which is not recorded\n$/);
  expect(await say(`last-write 0x${SMALL_DATA.toString(16)}+512`)).toMatch(/at position 20000 by a debugger, at pc/);
  expect(await say("branch_end")).toBe("back in recorded history, at position 20000\n");
  expect(await say("info branch")).toBe("recorded history, not a branch\n");
});
