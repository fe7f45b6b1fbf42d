import { readArguments } from "../support/arguments.mjs";

export interface Guest {
  readonly kernel: string;
  readonly initrd: string | undefined;
  readonly append: string;
  readonly megabytes: number;
}

export interface Options extends Guest {
  readonly mode: "trace" | "bisect";
  /** Steps to compare; positions for bisect. */
  readonly until: number;
}

export const usage = `npm run lockstep -- -kernel FILE [-initrd FILE] [-append STRING] [-m MEGABYTES] (--trace STEPS | --bisect STEPS)
  --trace N    compares the first N steps one by one (some 50,000 a second)
  --bisect N   compares at intervals up to N instructions, then closes in on the first difference`;

/** QEMU's options have one dash. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = readArguments(usage, {
    args: args.map((arg) => arg.replace(/^-(?=(kernel|initrd|append)$)/, "--")),
    options: {
      kernel: { type: "string" },
      initrd: { type: "string" },
      append: { type: "string", default: "console=ttyAMA0 nokaslr" },
      m: { type: "string", short: "m", default: "256" },
      trace: { type: "string" },
      bisect: { type: "string" },
    },
  });
  const { kernel, initrd, append, m, trace, bisect } = values;
  const until = trace ?? bisect;
  if (kernel === undefined || until === undefined) return undefined;
  return { kernel, initrd, append, megabytes: Number(m), mode: trace ? "trace" : "bisect", until: Number(until) };
}
