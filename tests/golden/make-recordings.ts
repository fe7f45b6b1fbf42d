// Makes the recordings that recordings.test.ts verifies, by the code of the day: `npx tsx tests/golden/make-recordings.ts`.
// They are to stay: a recording of an earlier version replays with equal hashes, or SEMANTICS says why not.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { nodeHost } from "../../src/cli/scheduler.ts";
import { readInterpreter, readVersion } from "../../src/cli/files.ts";
import { boards, type ImageRole, type Images, type MachineConfiguration } from "../../src/machine/index.ts";
import { MemoryStore, readWhole } from "../../src/storage/index.ts";
import { describeImage, recordSession, SEMANTICS, type TravelSession } from "../../src/timetravel/index.ts";
import { Typist } from "../../tools/demo/typist.mjs";
import { uBoot } from "../../tools/guest/firmware.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { smallMachine, smallProgram } from "../guests/programs/small.ts";

const folder = join(import.meta.dirname, "recordings");
const store = new MemoryStore();
const { kernel, initrd } = guest();
const linux = { kernel, initrd };

const configuration: MachineConfiguration = {
  ...{
    board: "virt",
    cpu: "cortex-a53",
    ramBytes: 128 * 2 ** 20,
    shift: 0,
    append: "console=ttyAMA0 nokaslr panic=-1",
  },
  ...{ reboot: false, randomness: true, semantics: SEMANTICS },
};

async function record(
  name: string,
  files: Partial<Record<ImageRole, string>>,
  changes: Partial<MachineConfiguration>,
  act: (typist: Typist, session: TravelSession) => Promise<void>,
): Promise<void> {
  const roles = Object.entries(files) as [ImageRole, string][];
  const images = Object.fromEntries(roles.map(([role, file]) => [role, new Uint8Array(readFileSync(file))])) as Images;
  const machine = boards.create({
    configuration: { ...configuration, ...changes },
    images,
    interpreter: await readInterpreter("arm64"),
  });
  const header = {
    configuration: machine.configuration,
    images: roles.map(([role, file]) => describeImage(role, basename(file), images[role]!)),
    ...{ created: Date.now(), version: readVersion() },
  };
  const session = await recordSession({ machine, store, name, header, host: nodeHost(), sleep: false });
  await act(new Typist(session), session);
  await keep(session, name);
}

async function keep(session: TravelSession, name: string): Promise<void> {
  if (session.mode === "record") await session.quit();
  const recording = session.recordingName ?? name;
  await session.dispose();
  const bytes = await readWhole(store, recording);
  writeFileSync(join(folder, `${recording}.hindsight`), bytes);
  console.log(`${recording}: ${bytes.length} bytes, ${session.end} instructions`);
}

/** Runs while somebody types; ends when they have said all. */
async function attended(session: TravelSession, typed: Promise<void>): Promise<void> {
  const done = typed.then(() => session.interrupt());
  await session.run({ until: 6e9 });
  await done;
}

async function types(typist: Typist, commands: readonly string[]): Promise<void> {
  await typist.sees(/Hindsight guest ready/);
  for (const command of commands) await typist.types(command);
  await typist.sees(/# $/);
}

/** A bare-metal program of ours, which needs no package. */
async function small(): Promise<void> {
  const program = await smallProgram();
  writeFileSync(join(folder, "small.elf"), program);
  const machine = smallMachine(program, await readInterpreter("arm64"));
  const header = {
    configuration: machine.configuration,
    images: [describeImage("kernel", "small.elf", program)],
    ...{ created: Date.now(), version: readVersion() },
  };
  const session = await recordSession({
    ...{ machine, store, header, name: "small", host: nodeHost(), sleep: false },
    limits: { hashInterval: 2 ** 16, snapshotInterval: 2 ** 16 },
  });
  await session.run({ until: 300_000 });
  session.send(0, new TextEncoder().encode("typed"));
  await session.run({ until: 600_000 });
  session.edit({ kind: "write-memory", physicalAddress: 0x40100000, bytes: Uint8Array.of(1, 2, 3) });
  await session.run({ until: 1_000_000 });
  await keep(session, "small");
}

await small();
await record("boot", linux, {}, (typist, session) => attended(session, typist.sees(/Hindsight guest ready/)));
await record("crash", linux, { append: `${configuration.append} earlycon` }, async (typist, session) => {
  void types(typist, ["echo hello", "echo c > /proc/sysrq-trigger"]);
  await session.run({ until: 6e9 });
});
await record("typed", linux, { shift: 7, reboot: true }, (typist, session) =>
  attended(
    session,
    types(typist, [
      "uname -a",
      "head -c 100000 /dev/urandom | md5sum",
      "sleep 0.05; date",
      "seq 1 200 | sort -r | tail -2",
    ]),
  ),
);
await record("firmware", { firmware: uBoot() }, { reboot: true, shift: 3, append: "" }, (typist, session) =>
  attended(
    session,
    (async () => {
      const send = (text: string): void => void session.send(0, new TextEncoder().encode(text));
      await typist.sees(/stop autoboot/);
      send("\r");
      for (const command of [
        "pci",
        "mw.w 4080000 40",
        "mw.w 4080000 1234",
        "mw.w 4080000 ff",
        "erase 40c0000 40fffff",
        "reset",
      ]) {
        await typist.sees(/\n=> /);
        send(`${command}\r`);
      }
      await typist.sees(/stop autoboot/);
    })(),
  ),
);
await record("parent", linux, {}, async (typist, session) => {
  await attended(session, types(typist, ["echo one > a"]));
  const here = session.position;
  await attended(
    session,
    (async () => (session.send(0, new TextEncoder().encode("echo two > a\n")), typist.sees(/# $/)))(),
  );
  await session.seek(here);
  await session.branch("branch");
  await attended(
    session,
    (async () => (session.send(0, new TextEncoder().encode("cat a\n")), typist.sees(/one[^]*# $/)))(),
  );
});
