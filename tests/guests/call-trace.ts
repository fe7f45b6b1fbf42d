import { expect } from "vitest";
import { DebugTarget } from "../../src/debug/index.ts";
import { FakeHost } from "../../src/debug/testing/gdb-client.ts";
import type { TravelSession } from "../../src/timetravel/index.ts";
import { inspect } from "../../src/worker/inspect.ts";

/** The call trace that a kernel prints when it dies, without what it is not sure of. */
function callTrace(output: string): string[] {
  const [, text] = /Call Trace:([^]*?)RIP:/.exec(output)!;
  return Array.from(text!.matchAll(/\] +(\w\S*\+0x[0-9a-f]+)\/0x/g), ([, frame]) => frame!);
}

/** The frames that are not in a stack, or not in their place. */
function lacking(frames: readonly string[], stack: readonly (string | undefined)[]): string[] {
  let from = 0;
  return frames.filter((frame) => {
    const at = stack.indexOf(frame, from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/** What the stack panel shows. */
function shownStack(session: TravelSession): (string | undefined)[] {
  const symbols = new DebugTarget(session, new FakeHost()).symbols();
  const request = {
    codeAddress: undefined,
    codeScroll: 0,
    codeLines: 1,
    memoryAddress: undefined,
    memoryBytes: 16,
    syntax: undefined,
  };
  return inspect(session.machine, symbols, request).stack.map(({ symbol }) => symbol);
}

/** Goes back from a panic to where its trace is printed: the stack panel has all of the trace there, and while panic says its last words. */
export async function expectTracesShown(session: TravelSession, output: string): Promise<void> {
  const trace = callTrace(output);
  expect(trace.slice(0, 3)).toEqual([
    expect.stringMatching(/^dump_stack_lvl/),
    expect.stringMatching(/^panic/),
    expect.stringMatching(/^sysrq_handle_crash/),
  ]);
  expect(trace.at(-1)).toMatch(/^entry_SYSCALL_64_after_hwframe/);
  const symbols = new DebugTarget(session, new FakeHost()).symbols()!;
  for (const [place, frames] of [
    ["serial8250_console_write", trace.slice(2)],
    ["show_trace_log_lvl", trace],
  ] as const) {
    session.setBreakpoints(new Set([symbols.find(place)!]));
    expect((await session.runBack()).kind).toBe("breakpoint");
    expect(lacking(frames, shownStack(session)), place).toEqual([]);
  }
  session.setBreakpoints(new Set());
}
