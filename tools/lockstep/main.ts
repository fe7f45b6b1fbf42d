// Our machine beside qemu-system-aarch64, until their registers differ. How: docs/lockstep.md.
import { Ours } from "./ours.ts";
import { parseOptions, usage } from "./options.ts";
import { startTrace } from "./qemu.ts";
import { compareTrace } from "./trace.ts";

const options = parseOptions(process.argv.slice(2));
if (!options) {
  console.error(usage);
  process.exit(1);
}
const ours = new Ours(options);
const { reference, dumps } = await startTrace(options, ours.tree?.bytes);
try {
  if (ours.tree) ours.takeTree(await reference.memory(ours.tree.address, ours.tree.room));
  await reference.qmp.execute("cont");
  const start = performance.now();
  const result = await compareTrace(ours, dumps, options.until, (steps) => process.stderr.write(`\r${steps} steps`));
  const seconds = (performance.now() - start) / 1000;
  process.stderr.write(
    `\r${result.steps} steps in ${seconds.toFixed(1)} s, ${result.followed} readings taken over\n`,
  );
  console.log(result.difference ?? "no difference");
  process.exitCode = result.difference === undefined ? 0 : 1;
} finally {
  reference.dispose();
}
