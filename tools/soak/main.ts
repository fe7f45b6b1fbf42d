// The long runs, each with its counts: `npm run soak [-- --only STAGE] [--cases PER-ROW] [--row REGEXP] [--seed N] [--from PART]`. Hours, with the defaults.
import { UserError } from "../../src/base/index.ts";
import { SOAK_CASES_PER_ROW } from "../../tests/differential/counts.ts";
import { readArguments } from "../support/arguments.mjs";
import { stages } from "./stages.ts";

const { values } = readArguments(
  "npm run soak -- [--only PREFIX] [--cases PER-ROW] [--row REGEXP] [--seed N] [--from PART]: hours",
  {
    options: {
      only: { type: "string" },
      cases: { type: "string", default: String(SOAK_CASES_PER_ROW) },
      row: { type: "string", default: "" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "1" },
    },
  },
);

const names = Object.keys(stages);
const chosen = names.filter((name) => values.only === undefined || name.startsWith(values.only));
try {
  if (chosen.length === 0) throw new UserError(`no stage begins with "${values.only}": ${names.join(", ")}`);
  let failed = 0;
  for (const name of chosen) {
    const start = performance.now();
    const [casesPerRow, seed, from] = [Number(values.cases), Number(values.seed), Number(values.from)];
    const options = { casesPerRow, seed, from, row: new RegExp(values.row) };
    let count = 0;
    for await (const { part, done, failures } of stages[name]!(options)) {
      count += done;
      failed += failures.length;
      for (const failure of failures.slice(0, 5)) console.log(failure);
      const minutes = ((performance.now() - start) / 60_000).toFixed(1);
      const all = `${count.toLocaleString("en-GB")} done, ${failed} differ, ${minutes} min`;
      console.log(`${name}: ${all}, ${part}: ${done.toLocaleString("en-GB")} done, ${failures.length} differ`);
    }
  }
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
