// Our machine beside QEMU's, until their registers differ:
//
//   npm run lockstep -- [-M virt|pc] [-kernel FILE] [-initrd FILE] [-append STRING] (--trace STEPS | --bisect INSTRUCTIONS [--ram])
//
// --trace compares state by state with QEMU's register dumps. --bisect has QEMU record the run, compares at intervals
// through its gdbstub, and closes in on the first difference.
import { bisect } from "./bisect.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { startTrace } from "./qemu.ts";
import { compareTrace } from "./trace.ts";

const options = parseOptions(process.argv.slice(2));
if (!options) {
  console.error(`usage: ${usage}`);
  process.exit(1);
}
const difference = await (options.mode === "trace" ? trace(options) : search(options));
console.log(difference ?? "no difference");
process.exitCode = difference === undefined ? 0 : 1;

async function search(options: Options): Promise<string | undefined> {
  const log = (text: string): void => void process.stderr.write(`${text}\n`);
  return bisect(options, await options.kind.interpreter(), options.until, { ram: options.ram, log });
}

async function trace(options: Options): Promise<string | undefined> {
  const ours = options.kind.ours(options, await options.kind.interpreter());
  const { reference, dumps } = await startTrace(options, ours.tree?.bytes);
  try {
    if (ours.tree) ours.takeTree(await reference.memory(ours.tree.address, ours.tree.room));
    await reference.qmp.execute("cont");
    const progress = (steps: number): boolean => process.stderr.write(`\r${steps} steps`);
    const { steps, followed, difference } = await compareTrace(options.kind, ours, dumps, options.until, progress);
    process.stderr.write(`\r${steps} steps, ${followed} counter readings taken over\n`);
    return difference;
  } finally {
    reference.dispose();
  }
}
