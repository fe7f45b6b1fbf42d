import { expect } from "vitest";
import type { Cpu } from "../cpu.ts";
import { HOT_COUNT } from "../layout.ts";
import { bootToy, toyInterpreter } from "./toy-cpu.ts";
import { asm, toy, toyState } from "./toy-guest.ts";
import type { TranslationReply } from "../regions/translation.ts";
import type { TranslationService } from "../regions/translation-service.ts";
import { Translator } from "../translator/index.ts";

let interpreter: WebAssembly.Module | undefined;
export const translator = new Translator(toy);

/** Translates when told to, so that code arrives at any moment a test wants. */
export class Held implements TranslationService {
  private readonly ready: (() => void)[] = [];
  request(requests: Parameters<TranslationService["request"]>[0], done: (reply: TranslationReply) => void): void {
    this.ready.push(() => done(translator.answer({ id: 0, requests })));
  }
  arrive(): number {
    const count = this.ready.length;
    while (this.ready.length > 0) this.ready.shift()!();
    return count;
  }
}

export const at = 0x1000;

export function boot(program: readonly number[], service?: TranslationService): Cpu {
  const cpu = bootToy((interpreter ??= toyInterpreter()), program, at);
  cpu.regions.service = service;
  cpu.regions.minHeat = 1;
  return cpu;
}
export const run = (cpu: Cpu, until: number, slice = until): void => {
  while (cpu.position < until) cpu.run(Math.min(until, cpu.position + slice));
};
export const same = (a: Cpu, b: Cpu): void => {
  expect(a.position).toBe(b.position);
  expect(a.saveState()).toEqual(b.saveState());
  for (let page = 0; page < a.pages.count; page++) expect([...a.pages.hash(page)]).toEqual([...b.pages.hash(page)]);
};

// r1 counts, r2 sums, r7 is a pointer.
export const loop = [
  asm.li(1, 1),
  asm.li(7, 0x4000),
  asm.add(2, 2, 1),
  asm.store(2, 7, 3),
  asm.load(3, 7, 2),
  asm.add(4, 4, 3),
  asm.bnz(1, -4),
];

/** A loop that is translated, at its head. */
export function hotLoop(program: readonly number[]): Cpu {
  const service = new Held();
  const cpu = boot(program, service);
  run(cpu, HOT_COUNT * 5 + 100);
  run(cpu, cpu.position + 1);
  service.arrive();
  expect(cpu.regions.counters.regions).toBeGreaterThan(0);
  return cpu;
}

/** The loop at another place, which is other code; run until its translation is in use. */
export const more = (cpu: Cpu, address: number): void => {
  cpu.physical.writeRam(address, new Uint8Array(new Uint32Array(loop.map((w) => w >>> 0)).buffer));
  cpu.writeState(toyState.pc, BigInt(address));
  run(cpu, cpu.position + HOT_COUNT * 5 + 100);
  run(cpu, cpu.position + 1);
  (cpu.regions.service as Held).arrive();
};
