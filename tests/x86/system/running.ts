import { expect } from "vitest";
import { type Options, runBeside } from "./lockstep.ts";

/** Runs to its last jump, equal at each step, and memory too in the end. */
export async function same(source: string, memory?: Parameters<typeof runBeside>[1], options?: Options): Promise<void> {
  const { difference, end } = await runBeside(source, memory, options);
  expect(difference ?? end).toBe("loop");
}

export async function shutsDown(source: string): Promise<void> {
  const { difference, end } = await runBeside(source);
  expect(difference ?? end).toBe("shutdown");
}
