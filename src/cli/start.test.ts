import { expect, it } from "vitest";
import type { MachineConfiguration } from "../machine/index.ts";
import { type Options, parseOptions } from "./options.ts";
import { overruled } from "./start.ts";

it("options that were given for a replay and differ from the recording are named", () => {
  const recorded = { board: "virt", ramBytes: 256 << 20, append: "quiet", shift: 1 } as MachineConfiguration;
  const names = (...args: string[]) => overruled(recorded, parseOptions(["-M", "virt", ...args]) as Options);
  expect(names()).toEqual([]);
  expect(names("-icount", "rr=replay,rrfile=x")).toEqual([]);
  expect(names("-m", "256", "-append", "quiet", "-icount", "shift=1,rr=replay,rrfile=x")).toEqual([]);
  expect(names("-m", "128", "-append", "", "-icount", "shift=0,rr=replay,rrfile=x")).toEqual([
    "-m",
    "-append",
    "-icount shift",
  ]);
  expect(names("-M", "watchdog=off")).toEqual([]);
  expect(names("-M", "watchdog=on")).toEqual(["-M"]);
});
