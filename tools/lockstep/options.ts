import { readArguments } from "../support/arguments.mjs";
import { arm64 } from "./arm64/kind.ts";
import type { Guest, Kind } from "./kind.ts";
import { x86 } from "./x86/kind.ts";

const kinds: Readonly<Record<string, Kind>> = { virt: arm64, pc: x86 };

export interface Options extends Guest {
  readonly mode: "trace" | "bisect";
  /** Steps to compare; positions for bisect. */
  readonly until: number;
  /** Whether bisect compares all of RAM, too. */
  readonly ram: boolean;
}

export const usage = `npm run lockstep -- [-M virt|pc] [-kernel FILE] [-initrd FILE] [-append STRING] [-m MEGABYTES] (--trace STEPS | --bisect STEPS [--ram])
  --trace N    compares the first N steps one by one (some 50,000 a second)
  --bisect N   compares at intervals up to N instructions, then closes in on the first difference
  --ram        compares all of RAM as well, as far as the intervals go`;

/** QEMU's options have one dash. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = readArguments(usage, {
    args: args.map((arg) => arg.replace(/^-(?=(kernel|initrd|append)$)/, "--")),
    options: {
      kernel: { type: "string" },
      initrd: { type: "string" },
      append: { type: "string" },
      M: { type: "string", short: "M", default: "virt" },
      m: { type: "string", short: "m", default: "256" },
      trace: { type: "string" },
      bisect: { type: "string" },
      ram: { type: "boolean", default: false },
    },
  });
  const { kernel, initrd, m, trace, bisect, ram } = values;
  const kind = Object.hasOwn(kinds, values.M) ? kinds[values.M] : undefined;
  const until = trace ?? bisect;
  if (!kind || until === undefined) return undefined;
  const append = values.append ?? (kernel === undefined ? "" : kind.append);
  return {
    kind,
    kernel,
    initrd,
    append,
    megabytes: Number(m),
    mode: trace ? "trace" : "bisect",
    until: Number(until),
    ram,
  };
}
