import { expect, it } from "vitest";
import { bootBytes, byteInterpreter, BYTE_RAM, op } from "../testing/byte-cpu.ts";
import { bytes, byteState } from "../testing/byte-guest.ts";
import { Translator } from "../translator/index.ts";
import { RUN_ENTRY_BYTES, RUN_POOL, RUN_POOL_END } from "./run-layout.ts";

it("begins anew when there is no room for entries; a region that comes then is entered where there are some", () => {
  // All of memory increments r0, in either mode, and goes back to 0 at its end.
  const cpu = bootBytes(byteInterpreter(), [op("JUMP", 1)], BYTE_RAM - 1);
  const { code } = cpu.engine;
  const start = (mode: number): void => {
    cpu.writeState(byteState.pc, 0n);
    cpu.writeState(byteState.mode, BigInt(mode));
    cpu.stateChanged();
  };
  const run = (steps: number): void => {
    for (const until = cpu.position + steps; cpu.position < until;) cpu.run(until);
  };
  /** Page in the second mode, and byte, of the instruction before the one in execution. */
  const last = (): [page: number, unit: number] => {
    const at = Number(cpu.pc) - 1;
    return [(at >> 12) * 2 + 1, at & 0xfff];
  };
  const room = (): number => (RUN_POOL_END - code.entryAt(...last())) / RUN_ENTRY_BYTES;

  start(0);
  run(BYTE_RAM);
  expect(cpu.pc).toBe(0n);
  start(1);
  run(1000);
  while (room() > 3) run(Math.max(1, Math.floor(room() / 2) - 2));
  const [page, unit] = last();
  const ahead = (unit + 40) & 0xfff;
  expect([code.entryAt(page, unit) > 0, code.entryAt(page, ahead)]).toEqual([true, 0]);

  const translator = new Translator(bytes);
  cpu.regions.service = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };
  Object.assign(cpu.regions, { minHeat: 1, coldCode: true });
  for (const place of [unit, ahead]) cpu.regions.hot(page, place);
  cpu.regions.pump(0);
  expect([cpu.regions.counters.installed > 0, code.entryAt(page, ahead)]).toEqual([true, 0]);

  // All goes, the region too, and comes back where it is executed.
  run(1000);
  const { dropped, recalled, regions } = cpu.regions.counters;
  expect([dropped, recalled, regions]).toEqual([1, 1, 1]);
  expect(code.entryAt(page, ahead)).toBeGreaterThanOrEqual(RUN_POOL);
  expect(code.entryAt(page, ahead)).toBeLessThan(RUN_POOL + 1000 * RUN_ENTRY_BYTES);
  // The jump is the only step that increments nothing.
  expect(cpu.readState(byteState.r, 0)).toBe(BigInt(cpu.position - 1));
});
