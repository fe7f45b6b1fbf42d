import { describe, expect, it } from "vitest";
import { HOT_COUNT } from "../layout.ts";
import { asm, toyState } from "../testing/toy-guest.ts";
import { at, boot, Held, hotLoop, loop, run, same, translator } from "../testing/toy-translated.ts";

describe("translated code", () => {
  it("is asked for when hot, and runs to the same states at every position", () => {
    const service = new Held();
    const translated = boot(loop, service);
    const interpreted = boot(loop);
    const hot = HOT_COUNT * 5 + 100;
    run(translated, hot);
    run(translated, hot + 1);
    expect(service.arrive()).toBe(1);
    run(interpreted, hot + 1);
    expect(translated.regions.counters.regions).toBe(1);
    for (let step = 1; step < 40; step++) {
      run(translated, translated.position + step);
      run(interpreted, translated.position);
      same(translated, interpreted);
    }
    run(translated, hot + 100_000);
    run(interpreted, hot + 100_000);
    same(translated, interpreted);
  });

  it("is dropped by a store to its words, its own too, and by nothing else on the page", () => {
    // The loop writes r5 to a word that r6 points to: first beside the loop, then into it.
    const program = [asm.li(1, 1), asm.store(5, 6, 2), asm.add(2, 2, 1), asm.add(3, 3, 1), asm.bnz(1, -3)];
    const cpu = hotLoop(program);
    const other = boot(program);
    run(other, cpu.position);
    for (const [pointer, word] of [
      [at + 0x800, 1234],
      [at + 12, asm.add(3, 3, 2)],
    ] as const) {
      const before = cpu.regions.counters.dropped;
      for (const c of [cpu, other]) {
        c.writeState(toyState.r, BigInt(pointer), 6);
        c.writeState(toyState.r, BigInt(word >>> 0), 5);
        run(c, c.position + 50);
      }
      same(cpu, other);
      expect(cpu.regions.counters.dropped - before).toBe(pointer === at + 12 ? 1 : 0);
    }
  });

  it("stops at a breakpoint inside a region, which is dropped, and goes on", () => {
    const cpu = hotLoop(loop);
    cpu.hits = { breakpoint: () => true, watch: () => false };
    cpu.setBreakpoints(new Set([BigInt(at + 16)]));
    expect(cpu.run(cpu.position + 1000)).toBe("breakpoint");
    expect(cpu.pc).toBe(BigInt(at + 16));
    expect(cpu.regions.counters.regions).toBe(0);
  });

  it("stops before a watched access", () => {
    const cpu = hotLoop(loop);
    cpu.hits = { breakpoint: () => false, watch: (_, __, write) => write };
    cpu.setWatched([{ address: 0x4004n, length: 1 }]);
    expect(cpu.run(cpu.position + 1000)).toBe("watchpoint");
    expect(cpu.pc).toBe(BigInt(at + 12));
  });

  it("faults at the very instruction", () => {
    const cpu = hotLoop(loop);
    const other = boot(loop);
    run(other, cpu.position);
    for (const c of [cpu, other]) {
      c.writeState(toyState.r, 0x200000n, 7);
      while (c.readState(toyState.cause) === 0n) run(c, c.position + 1);
      expect([c.readState(toyState.cause), c.readState(toyState.trapPc)]).toEqual([3n, BigInt(at + 12)]);
    }
    same(cpu, other);
  });

  it("runs on over the end of its page", () => {
    // Regression: the word after the page's last one did not fit into where a region says it leaves to.
    const program = [asm.li(1, 1), asm.li(6, at), asm.jump(7)];
    const cpus = [boot(program, new Held()), boot(program)] as const;
    const service = cpus[0].regions.service as Held;
    for (const cpu of cpus) {
      const tail = [asm.add(2, 2, 1), asm.add(3, 3, 2), asm.add(4, 4, 1), asm.jump(5)].map((w) => w >>> 0);
      cpu.physical.writeRam(at + 0xff4, new Uint8Array(new Uint32Array(tail).buffer));
      cpu.writeState(toyState.r, BigInt(at + 0xff4), 7);
      cpu.writeState(toyState.r, BigInt(at + 8), 5);
    }
    const [translated, interpreted] = cpus;
    run(translated, HOT_COUNT * 5 + 100);
    run(translated, translated.position + 1);
    expect(service.arrive()).toBeGreaterThan(0);
    for (let n = 0; n < 50; n++) {
      run(translated, translated.position + 1000 + n);
      run(interpreted, translated.position);
      same(translated, interpreted);
    }
  });

  it("computes flags when they are read, and leaves them in the state", () => {
    // r1 counts to r3 and begins again; the comparison is left standing when a budget ends.
    const program = [
      asm.li(2, 1),
      asm.li(3, 5),
      asm.add(1, 1, 2),
      asm.compare(1, 3),
      asm.beq(2),
      asm.bnz(2, -3),
      asm.li(1, 0),
      asm.bnz(2, -5),
    ];
    const service = new Held();
    const [translated, interpreted] = [boot(program, service), boot(program)];
    run(translated, HOT_COUNT * 8);
    run(translated, translated.position + 1);
    expect(service.arrive()).toBeGreaterThan(0);
    for (let n = 0; n < 100; n++) {
      run(translated, translated.position + 100 + n);
      run(interpreted, translated.position);
      same(translated, interpreted);
    }
  });

  it("shares no table with the CPU: engines hold on to all instances that do", () => {
    const { module } = translator.answer({ id: 0, requests: [{ units: new Uint32Array(1024), entry: 0 }] });
    expect(WebAssembly.Module.imports(module).map(({ kind }) => kind)).not.toContain("table");
  });
});
