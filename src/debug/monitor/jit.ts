import type { Machine } from "../../machine/index.ts";
import type { Command } from "./command.ts";

const number = (value: number): string => Math.round(value).toLocaleString("en-US");
const share = (part: number, whole: number): string => (whole === 0 ? "-" : `${((part / whole) * 100).toFixed(1)} %`);

function describe(machine: Machine): string {
  const t = machine.translation;
  if (!t) return "all code is interpreted";
  const left = Object.values(t.exits).reduce((sum, count) => sum + count, 0);
  const exits = Object.entries(t.exits).map(
    ([reason, count]) => `  ${reason.padEnd(12)}${number(count)} (${share(count, left)})`,
  );
  return [
    ...(t.failure === undefined ? [] : [`the translator failed: ${t.failure}`]),
    `steps made           ${number(t.steps)}, ${share(t.translatedSteps, t.steps)} of them translated`,
    `regions in use       ${number(t.regions)}, ${number(t.bytesInUse)} bytes`,
    `made so far          ${number(t.instructions)} instructions in ${number(t.modules)} modules, ${number(t.bytes)} bytes`,
    `put to use           ${number(t.installed)} regions, ${number(t.recalled)} of them again`,
    `put together         ${number(t.merged)} regions in ${number(t.merges)} modules, ${number(t.mergeMs)} ms`,
    `asked for            ${number(t.requested)}`,
    `dropped              ${number(t.dropped)}, ${number(t.evicted)} of them to make room`,
    `translator's time    ${number(t.ms)} ms${t.instructions > 0 ? `, ${((t.ms * 1000) / t.instructions).toFixed(1)} us per instruction` : ""}`,
    `regions left         ${number(left)} times`,
    ...exits,
  ].join("\n");
}

export const jit: readonly Command[] = [
  {
    name: "info jit",
    args: "",
    help: "show how much of the guest's code runs translated",
    run: ({ session }) => describe(session.machine),
  },
];
