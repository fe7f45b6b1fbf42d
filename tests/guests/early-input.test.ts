import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { nodeHost } from "../../src/cli/scheduler.ts";
import { boards } from "../../src/machine/index.ts";
import { MemoryStore } from "../../src/storage/index.ts";
import { recordSession, SEMANTICS } from "../../src/timetravel/index.ts";
import { Typist } from "../../tools/demo/typist.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { loadInterpreter } from "../support/interpreter.ts";

it("what is typed at power-on waits for a guest that listens, all of it", async () => {
  const files = guest();
  const machine = boards.create({
    configuration: {
      ...{
        board: "virt",
        cpu: "cortex-a53",
        ramBytes: 128 * 2 ** 20,
        shift: 0,
        append: "console=ttyAMA0 earlycon nokaslr",
      },
      ...{ reboot: false, randomness: true, semantics: SEMANTICS },
    },
    images: { kernel: readFileSync(files.kernel), initrd: readFileSync(files.initrd) },
    interpreter: loadInterpreter(),
  });
  const header = { configuration: machine.configuration, images: [], created: 0, version: "test" };
  const session = await recordSession({
    ...{ machine, store: new MemoryStore(), header, host: nodeHost(), name: "early", sleep: false },
  });
  session.send(0, new TextEncoder().encode("echo what was typed ear''ly\n"));
  const done = new Typist(session).sees(/what was typed early/).then(() => session.interrupt());
  await session.run({ until: 3e9 });
  expect(session.position).toBeLessThan(3e9);
  await done;
  await session.dispose();
}, 120_000);
