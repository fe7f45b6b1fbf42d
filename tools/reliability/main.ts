// `npm run reliability [-- kill|corrupt|full|large|page [COUNT]]`: the runs behind docs/reliability.md.
import { largeInChromium } from "./chromium.ts";
import { corrupt } from "./corrupt.ts";
import { full } from "./full.ts";
import { kill } from "./kill.ts";
import { large } from "./large.ts";
import { readArguments } from "../support/arguments.mjs";

const usage = "npm run reliability -- [kill|corrupt|full|large|page [COUNT]]: the runs behind docs/reliability.md";
const { positionals } = readArguments(usage, { allowPositionals: true });
const [what = "all", count] = positionals;
if (!["all", "kill", "corrupt", "full", "large", "page"].includes(what)) {
  process.stderr.write(`there is no '${what}'; usage: ${usage}\n`);
  process.exit(1);
}
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
let failed = false;

if (what === "all" || what === "corrupt") {
  for (const { what: kind, tried, detected } of await corrupt(Number(count ?? 100))) {
    say(`${kind}: ${detected} of ${tried}`);
    failed ||= detected !== tried;
  }
}
if (what === "all" || what === "kill") {
  const { runs, good, longestLossMs, verified } = await kill(Number(count ?? 50), say);
  say(`killed while recording: ${good} of ${runs} open and are complete up to 250 ms before the kill`);
  say(`the longest loss: ${longestLossMs.toFixed(0)} ms; verified, every fifth: ${verified} of ${Math.ceil(runs / 5)}`);
  failed ||= good !== runs || verified !== Math.ceil(runs / 5);
}
if (what === "all" || what === "full") say(`storage full: ${await full()}`);
if (what === "all" || what === "large") {
  const figures = await large(Number(count ?? 4096) * 2 ** 20);
  const { logBytes, coldMs, indexedMs, endMs, seekMs, branchMs, verifyMs, grownBytes, right } = figures;
  say(`log of ${megabytes(logBytes)} MB: first position after ${coldMs} ms, with its index after ${indexedMs} ms`);
  say(`its end known and shown after ${endMs} ms, with index and snapshots after ${seekMs} ms`);
  say(`branched from at its end in ${branchMs} ms, verified in ${verifyMs} ms`);
  say(
    `resident memory grew by ${megabytes(grownBytes)} MB at most; every state ${right ? "is" : "IS NOT"} the right one`,
  );
  failed ||= !right || coldMs > 1000 || indexedMs > 1000 || grownBytes > 256 * 2 ** 20;
}
if (what === "all" || what === "page") {
  const figures = await largeInChromium(Number(count ?? 1024) * 2 ** 20);
  if (!figures) say("there is no Chromium: nothing was measured in a page");
  else {
    const { logBytes, quotaBytes, coldMs, indexedMs, endMs, branchMs, grownBytes, right } = figures;
    say(`in Chromium, log of ${megabytes(logBytes)} MB (its quota here: ${megabytes(quotaBytes)} MB):`);
    say(`first position after ${coldMs} ms, with its index after ${indexedMs} ms`);
    say(`replayed to its end after ${endMs} ms, branched from there in ${branchMs} ms`);
    say(
      `resident memory grew by ${megabytes(grownBytes)} MB at most; every state ${right ? "is" : "IS NOT"} the right one`,
    );
    failed ||= !right || coldMs > 1000 || indexedMs > 1000 || grownBytes > 256 * 2 ** 20;
  }
}
process.exit(failed ? 1 : 0);
