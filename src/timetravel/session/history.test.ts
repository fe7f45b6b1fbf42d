import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadInterpreter } from "../../../tests/support/interpreter.ts";
import { boards, type Machine } from "../../machine/index.ts";
import { plainSession } from "./factories.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { checkHistory, type MachineFactory } from "../testing/properties.ts";
import { SEMANTICS } from "../versions.ts";

const [kernel, initrd] = [".cache/guest/Image", ".cache/guest/initrd.gz"];
const present = existsSync(kernel) && existsSync(initrd);

function linux(): MachineFactory {
  const interpreter = loadInterpreter();
  const images = { kernel: new Uint8Array(readFileSync(kernel)), initrd: new Uint8Array(readFileSync(initrd)) };
  const configuration = {
    board: "virt",
    cpu: "cortex-a53",
    ramBytes: 128 * 2 ** 20,
    // Slow instructions: the kernel's timers interrupt early.
    shift: 4,
    append: "console=ttyAMA0 nokaslr",
    reboot: false,
    randomness: true,
    semantics: SEMANTICS,
  };
  return (): Machine => boards.create({ configuration, images, interpreter });
}

it.skipIf(!present)("Linux has one state at every position, however one goes there", { timeout: 300_000 }, async () => {
  const factory = linux();
  const limits = { snapshotInterval: 2 ** 20, hashInterval: 2 ** 22 };
  await checkHistory(factory, { seed: 1, length: 70e6, motions: 25, limits });
  await checkHistory(factory, { seed: 2, length: 70e6, motions: 25, limits: { ...limits, snapshotCount: 15 } });
});

it.skipIf(!present)(
  "Linux stops at the same hits backwards as forward, in the same states",
  { timeout: 300_000 },
  async () => {
    const session = plainSession({ machine: linux()(), host: new FakeHost(), sleep: false });
    await session.run({ until: 60e6 });
    const addresses = new Set<bigint>();
    for (let count = 0; count < 5; count++) {
      await session.run({ until: session.position + 100_003 });
      addresses.add(session.machine.pc);
    }
    const { readRegister, spRegister } = session.machine.debug;
    const sp = readRegister
      .call(session.machine.debug, spRegister)
      .reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    session.setBreakpoints(addresses);
    session.setWatchpoints([{ kind: "write", address: sp - 64n, length: 8 }]);

    const stops: { readonly backwards: number; readonly kind: string }[] = [];
    const states = new Map<number, string>();
    for (let count = 0; count < 60; count++) {
      session.send(0, Uint8Array.of(0x41));
      const { kind } = await session.run({ until: session.position + 1e6 });
      states.set(session.position, session.stateHash());
      if (kind !== "position") stops.push({ backwards: session.position + (kind === "watchpoint" ? 1 : 0), kind });
    }
    const end = session.end;
    for (const { backwards, kind } of stops
      .filter((stop) => stop.backwards < end)
      .reverse()
      .slice(0, 20))
      expect([(await session.runBack()).kind, session.position]).toEqual([kind, backwards]);
    for (const [position, hash] of [...states].filter((_, index) => index % 6 === 0)) {
      await session.seek(position);
      expect(session.stateHash()).toBe(hash);
    }
  },
);
