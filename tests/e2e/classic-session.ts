import { expect } from "vitest";
import type { Gdb } from "./gdb.ts";

/** A machine that boots the guest without KASLR and records, as the session finds it. */
export interface ClassicTarget {
  readonly gdb: Gdb;
  /** As `info replay` names it. */
  readonly recording: RegExp;
  /** A file with the kernel's symbols, asked for once gdb is attached. */
  symbols(): Promise<string>;
  /** Resolves when the machine has run on from the live end, which was at this position. */
  ranOn(end: number): Promise<unknown>;
}

const flush = "maintenance flush register-cache";

/** The classic session: what someone types who looks for a bug with gdb, forwards and backwards. */
export async function classicSession({ gdb, recording, symbols, ranOn }: ClassicTarget): Promise<void> {
  const when = async (): Promise<number> => Number(/^position (\d+)/.exec(await gdb.ask("monitor when"))![1]);
  const count = async (): Promise<number> => {
    const [, name, number] = /^Recording execution '(.*)': instruction count = (\d+)\n$/.exec(
      await gdb.ask("monitor info replay"),
    )!;
    expect(name).toMatch(recording);
    return Number(number);
  };

  // From power-on, whatever has run before.
  expect(await gdb.ask("monitor info snapshots")).toMatch(/ start_debugging .* \d+\n$/);
  await gdb.ask(`symbol-file ${await symbols()}`);
  await gdb.ask("monitor replay_seek 0");
  await gdb.ask(flush);
  expect(await count()).toBe(0);

  // To start_kernel, and what is there.
  expect(await gdb.ask("break start_kernel")).toMatch(/^Breakpoint 1 at 0xffff8000/);
  expect(await gdb.ask("continue")).toMatch(/Breakpoint 1, 0xffff8000\w+ in start_kernel \(\)/);
  const startKernel = await count();
  expect(startKernel).toBeGreaterThan(1_600_000);
  expect(await gdb.ask("info registers pc sp")).toMatch(/^pc .* <start_kernel>\nsp .*0xffff8000\w+\n$/);
  expect(await gdb.ask("x/3i $pc")).toMatch(
    /^=> .* <start_kernel>:\t\w+.*\n.* <start_kernel\+4>:.*\n.* <start_kernel\+8>:/,
  );
  expect(await gdb.ask("x/2xw $pc")).toMatch(/<start_kernel>:\t0x[0-9a-f]{8}\t0x[0-9a-f]{8}\n$/);

  // Over and out of calls, and back the same way. Without line numbers `next` goes on to the function's end; the symbol
  // file says where the caller is, also before the function has made its frame.
  await gdb.ask("stepi");
  expect(await when()).toBe(startKernel + 1);
  await gdb.ask("break smp_setup_processor_id");
  expect(await gdb.ask("continue")).toContain(" in smp_setup_processor_id ()");
  const called = await when();
  expect(await gdb.ask("next")).toMatch(/ in start_kernel \(\)\n$/);
  const returned = await when();
  expect(returned - called).toBeGreaterThan(1000);
  await gdb.ask("break _printk");
  expect(await gdb.ask("reverse-continue")).toContain(" in _printk ()");
  expect(await gdb.ask("finish")).toMatch(/Run till exit.*\n.* in smp_setup_processor_id \(\)\n$/);
  const printed = await when();
  expect(printed).toBeGreaterThan(called + 1000);
  expect(printed).toBeLessThan(returned);
  await gdb.ask("delete 2 3");
  expect(await gdb.ask("reverse-next")).toMatch(/ in start_kernel \(\)\n$/);
  const before = await when();
  expect(before).toBe(called - 1);
  await gdb.ask("reverse-stepi");
  expect(await when()).toBe(before - 1);
  expect(await gdb.ask("reverse-continue")).toContain("Breakpoint 1");
  expect(await count()).toBe(startKernel);
  expect(await gdb.ask("reverse-continue")).toContain("No more reverse-execution history");
  expect(await count()).toBe(0);
  expect(await gdb.ask("continue")).toContain("Breakpoint 1");
  await gdb.ask("monitor savevm classic");

  // Who wrote this? The frame that start_kernel's first store makes.
  await gdb.ask("delete");
  await gdb.ask("set $frame = $sp - 112");
  expect(await gdb.ask("watch *(long *) $frame")).toMatch(/^Hardware watchpoint \d+: /);
  const [, old, young] = /Old value = (-?\d+)\nNew value = (-?\d+)\n/.exec(await gdb.ask("continue"))!;
  expect(old).not.toBe(young);
  const written = await count();
  expect(written).toBeGreaterThan(startKernel);
  expect(await gdb.ask("reverse-continue")).toContain(`Old value = ${young}\nNew value = ${old}\n`);
  expect(await count()).toBe(written - 1);
  await gdb.ask("delete");

  // By position and by name.
  expect(await gdb.ask("monitor replay_seek 1000")).toContain(flush);
  await gdb.ask("monitor replay_break 100000");
  expect(await gdb.ask("continue")).toContain("SIGINT");
  expect(await count()).toBe(100_000);
  expect(await gdb.ask("monitor loadvm classic")).toContain(flush);
  await gdb.ask(flush);
  expect(await gdb.ask("info registers pc")).toContain("<start_kernel>");
  expect(await gdb.ask("monitor info snapshots")).toMatch(new RegExp(`^-- +classic .* ${startKernel}\n`, "m"));
  await gdb.ask("set $x0 = 1");
  expect(await gdb.ask("monitor info branch")).toContain(`throw-away branch of position ${startKernel}`);
  expect(await gdb.ask("stepi")).toContain("recorded history stays as it is");
  expect(await gdb.ask("monitor branch_end")).toContain(`back in recorded history, at position ${startKernel}`);

  // On from the live end, until Ctrl-C.
  await gdb.ask("monitor seek end");
  await gdb.ask(flush);
  const end = await when();
  const stopped = gdb.ask("continue");
  await ranOn(end);
  gdb.interrupt();
  expect(await stopped).toContain("Program received signal SIGINT");
  const live = await when();
  expect(live).toBeGreaterThan(end);
  await gdb.ask("reverse-stepi");
  expect(await gdb.ask("monitor when")).toContain(`position ${live - 1}, of ${live}`);
}
