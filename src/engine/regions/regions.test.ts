import { describe, expect, it } from "vitest";
import { HOT_COUNT } from "../layout.ts";
import type { TranslationReply } from "./translation.ts";
import { asm, toyState } from "../testing/toy-guest.ts";
import { at, boot, Held, hotLoop, loop, more, run, same, translator } from "../testing/toy-translated.ts";

describe("translated code in use", () => {
  it("is used again where another page says the same", () => {
    const cpu = hotLoop(loop);
    const { counters } = cpu.regions;
    const { modules } = counters;
    more(cpu, 0x8000);
    expect([counters.modules, counters.regions, counters.recalled]).toEqual([modules, 2, 1]);
  });

  it("is used again when its page says again what it said, and until then not", () => {
    const [cpu, other] = [hotLoop(loop), boot(loop)];
    run(other, cpu.position);
    const { counters } = cpu.regions;
    const words = (...insns: number[]): Uint8Array => new Uint8Array(new Uint32Array(insns.map((w) => w >>> 0)).buffer);
    for (const both of [cpu, other]) both.physical.writeRam(at + 20, words(asm.add(4, 4, 1)));
    run(cpu, cpu.position + 100);
    expect(counters.regions).toBe(0);
    run(other, cpu.position);
    for (const both of [cpu, other]) both.physical.writeRam(at, words(...loop));
    run(cpu, cpu.position + 100);
    run(other, cpu.position);
    expect([counters.regions, counters.recalled]).toEqual([1, 1]);
    same(cpu, other);
  });

  it("knows what another machine had translated", () => {
    const replies: TranslationReply[] = [];
    const first = boot(loop, {
      request: (requests, done) => {
        replies.push(translator.answer({ id: 0, requests }));
        done(replies.at(-1)!);
      },
    });
    run(first, HOT_COUNT * 5 + 100);
    run(first, first.position + 1);
    expect(replies).toHaveLength(1);
    const second = boot(loop, { request: () => {}, known: () => replies });
    run(second, first.position);
    expect(second.regions.counters.recalled).toBe(1);
    same(first, second);
  });

  it("stays within its bytes: what was used longest ago goes", () => {
    const cpu = hotLoop(loop);
    const { counters } = cpu.regions;
    cpu.regions.maxBytes = cpu.translation!.bytesInUse * 5.9;
    more(cpu, 0x8010);
    for (let n = 2; n < 10; n++) {
      more(cpu, 0x8000 + n * 16);
      expect(cpu.translation!.bytesInUse).toBeLessThanOrEqual(cpu.regions.maxBytes);
      // The first one is executed again and again: it is in use, or comes back.
      const { translatedSteps } = cpu.translation!;
      cpu.writeState(toyState.pc, BigInt(at));
      run(cpu, cpu.position + 100);
      expect(cpu.translation!.translatedSteps - translatedSteps).toBeGreaterThan(80);
    }
    expect(counters.evicted).toBeGreaterThan(3);
    expect(counters.modules).toBe(10);
  });

  it("finds a slot when regions are each in use on many pages", () => {
    const cpu = hotLoop(loop);
    const { freeSlots } = cpu.regions as unknown as { freeSlots: number[] };
    for (let page = 0x8; page < 0x18; page++) more(cpu, page * 0x1000);
    expect([cpu.regions.counters.modules, cpu.regions.counters.regions]).toEqual([1, 17]);
    freeSlots.length = 0;
    more(cpu, 0x20010);
    expect(cpu.regions.counters.modules).toBe(2);
    expect(cpu.regions.counters.regions).toBeGreaterThan(0);
  });

  it("counts the jumps that lead from region to region among its steps", () => {
    const [there, back] = [0x2000, at + 8];
    const service = new Held();
    const cpu = boot([asm.li(5, there), asm.li(6, back), asm.add(2, 2, 1), asm.jump(5)], service);
    const other = Uint32Array.of(asm.add(3, 3, 1), asm.jump(6));
    cpu.physical.writeRam(there, new Uint8Array(other.buffer));
    run(cpu, HOT_COUNT * 5);
    run(cpu, cpu.position + 1);
    expect(service.arrive()).toBe(1);
    const { translatedSteps, exits } = cpu.translation!;
    run(cpu, cpu.position + 10_000);
    const after = cpu.translation!;
    expect(after.exits.region - exits.region).toBeGreaterThan(4_990);
    expect(after.translatedSteps - translatedSteps).toBeGreaterThan(9_990);
    expect(after.translatedSteps - translatedSteps).toBeLessThanOrEqual(10_000);
  });

  it("is put together in one module when it is in many, and goes on as it was", () => {
    const cpu = hotLoop(loop);
    const { counters } = cpu.regions;
    // The last one is the first of these again, on another page.
    for (const address of [0x8010, 0x9020, 0xa030, 0xc010]) more(cpu, address);
    expect([counters.modules, counters.regions]).toEqual([4, 5]);
    Object.assign(cpu.regions, { manySmall: 4, quietSteps: 0 });
    run(cpu, cpu.position + 1);
    // One goes while it is made again.
    cpu.physical.writeRam(0x9028, new Uint8Array(4));
    expect((cpu.regions.service as Held).arrive()).toBe(1);
    expect([counters.merges, counters.merged, counters.modules, counters.regions]).toEqual([1, 4, 4, 4]);
    const { translatedSteps } = cpu.translation!;
    for (const address of [at, 0x8010, 0xa030, 0xc010]) {
      const other = boot(loop);
      cpu.writeState(toyState.pc, BigInt(address));
      for (let r = 0; r < 8; r++) other.writeState(toyState.r, cpu.readState(toyState.r, r), r);
      run(cpu, cpu.position + 100);
      run(other, 100);
      for (let r = 0; r < 8; r++) expect(cpu.readState(toyState.r, r)).toBe(other.readState(toyState.r, r));
    }
    expect(cpu.translation!.translatedSteps - translatedSteps).toBeGreaterThan(320);
    // There is one module now, which is not small with others.
    run(cpu, cpu.position + 1);
    expect((cpu.regions.service as Held).arrive()).toBe(0);
  });

  it("goes around a place that asks for a breakpoint, and is made once for it", () => {
    const service = new Held();
    const cpu = boot(loop, service);
    const { counters } = cpu.regions;
    cpu.setBreakpoints(new Set([BigInt(at + 5 * 4)]));
    cpu.hits = { breakpoint: () => false, watch: () => false };
    for (let n = 0; n < 10; n++) {
      run(cpu, cpu.position + HOT_COUNT * 5 + 100);
      service.arrive();
    }
    expect(counters.regions).toBeGreaterThan(0);
    const { modules } = counters;
    expect(modules).toBeLessThan(6);
    const { translatedSteps } = cpu.translation!;
    run(cpu, cpu.position + HOT_COUNT * 50);
    service.arrive();
    expect(counters.modules).toBe(modules);
    expect(cpu.translation!.translatedSteps - translatedSteps).toBeGreaterThan(HOT_COUNT * 25);
    const other = boot(loop);
    run(other, cpu.position);
    same(cpu, other);
  });

  it("is not asked for where a breakpoint does not stop, however hot", () => {
    // Regression: a loop whose head asks was translated again and again, without end.
    const service = new Held();
    const cpu = boot(loop, service);
    cpu.setBreakpoints(new Set([BigInt(at + 8)]));
    cpu.hits = { breakpoint: () => false, watch: () => false };
    for (let n = 0; n < 20; n++) {
      run(cpu, cpu.position + HOT_COUNT * 5);
      service.arrive();
    }
    expect(cpu.regions.counters.modules).toBeLessThan(3);
  });

  it("stays whole when a breakpoint is at the same place of another page", () => {
    const cpu = hotLoop(loop);
    cpu.setBreakpoints(new Set([BigInt(0x5000 + 5 * 4)]));
    const { translatedSteps } = cpu.translation!;
    const from = cpu.position;
    run(cpu, from + 10_000);
    expect(cpu.regions.counters.dropped).toBe(0);
    expect(cpu.translation!.translatedSteps - translatedSteps).toBeGreaterThan(9_900);
  });

  it("is asked for even when very many places are warm", () => {
    const cpu = boot(loop, new Held());
    cpu.regions.minHeat = 8;
    for (let place = 0; place < 5000; place++) cpu.regions.hot(128 + (place >> 10), place & 1023);
    run(cpu, HOT_COUNT * 5 * 10);
    run(cpu, cpu.position + 1);
    expect((cpu.regions.service as Held).arrive()).toBeGreaterThan(0);
    expect(cpu.regions.counters.regions).toBe(1);
  });

  it("is asked about by stores to its own words only, at every width and place", () => {
    const program = [asm.li(1, 1), asm.store16(5, 6), asm.add(2, 2, 1), asm.add(3, 3, 1), asm.bnz(1, -3)];
    const cpu = hotLoop(program);
    const asked: number[] = [];
    const written = cpu.regions.written.bind(cpu.regions);
    cpu.regions.written = (page, offset, bytes) => (asked.push(offset), written(page, offset, bytes));
    const store = (pointer: number): number => {
      asked.length = 0;
      cpu.writeState(toyState.r, BigInt(pointer), 6);
      run(cpu, cpu.position + 8);
      return asked.length;
    };
    for (const pointer of [at + 20, at + 24, at + 0x800, at + 0xff0, at + 0xff1 - 1, at + 0x13]) {
      const beside = pointer >= at + 20 || pointer + 16 <= at + 4;
      if (beside) expect(store(pointer), pointer.toString(16)).toBe(0);
      else expect(store(pointer), pointer.toString(16)).toBeGreaterThan(0);
    }
  });

  it("may be evicted at any time", () => {
    const cpu = hotLoop(loop);
    const other = boot(loop);
    cpu.evictCaches();
    expect(cpu.regions.counters.regions).toBe(0);
    run(cpu, cpu.position + 100);
    run(other, cpu.position);
    same(cpu, other);
  });

  it("does not arrive where its page has changed meanwhile", () => {
    const service = new Held();
    const cpu = boot(loop, service);
    run(cpu, HOT_COUNT * 5 + 100);
    run(cpu, cpu.position + 1);
    cpu.physical.writeRam(at + 20, new Uint8Array(new Uint32Array([asm.add(4, 4, 1)]).buffer));
    service.arrive();
    expect(cpu.regions.counters.regions).toBe(0);
  });
});
