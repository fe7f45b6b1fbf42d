import { it } from "vitest";
import { guestOptions, hindsight } from "/work/wt/motion/tests/e2e/command-line.ts";
it("x", { timeout: 400_000 }, async () => {
  const m = hindsight(...guestOptions());
  const t0 = Date.now();
  const log = (s: string) => console.log(((Date.now() - t0) / 1000).toFixed(1), s);
  const C = "\x01c";
  try {
    await m.until("Hindsight guest ready"); await m.until("~ # "); log("ready");
    m.type("echo one > a; echo written $((1))\r"); let at = await m.until("written 1"); at = await m.until("~ # ", at); log("one");
    m.type(`${C}savevm s\rinfo snapshots\r`); await m.until("\n--        s "); log("saved");
    m.type(`${C}echo two > a; cat a; echo written $((2))\r`); at = await m.until("\ntwo", at); await m.until("written 2", at); log("two");
    m.type(`${C}loadvm s\r`);
    setTimeout(() => log(JSON.stringify(m.output.slice(-1500))), 60_000);
    await m.until("not recorded; what came after is kept: 'branch_end' returns to it"); log("loaded");
    m.type(`info snapshots\r${C}`); await m.until("List of snapshots", m.output.lastIndexOf("loadvm s")); log("listed");
    m.type(`echo "$(cat a) in $((11))"\r`); await m.until(" in 11"); log(m.output.slice(-200));
    m.type(`echo three > a\r${C}loadvm s\r${C}`);
    m.type(`echo "$(cat a) in $((12))"\r`); await m.until(" in 12"); log(m.output.slice(-200));
    const from = m.output.length;
    m.type(`${C}stop\rbranch_end\rc\r${C}`);
    await m.until("back in history, at position", from); log("back");
    await m.until("\ntwo", from); log("two"); await m.until("written 2", from); log("written");
    m.type(`echo "$(cat a) in $((13))"\r`); await m.until(" in 13"); log(m.output.slice(-200));
  } finally { log(JSON.stringify(m.output.slice(-1500))); m.end(); }
});
