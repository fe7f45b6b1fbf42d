import { readFileSync } from "node:fs";
import { createVirtMachine } from "../../src/machine/index.ts";
import { type Host, openSession, readRecording } from "../../src/timetravel/index.ts";
import { loadInterpreter } from "../support/interpreter.ts";

const host: Host = {
  nowMs: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { dispose: () => clearTimeout(timer) };
  },
  giveWay: () => new Promise((resolve) => setImmediate(resolve)),
  entropy: () => {
    throw new Error("a replay asks for no entropy");
  },
  realTime: () => {
    throw new Error("a replay asks for no time");
  },
};

/** What Node shows of a recording at a position: the console's bytes and the state's hash. */
export async function replayInNode(
  file: Uint8Array,
  guest: { readonly kernel: string; readonly initrd: string },
  position: number,
): Promise<{ output: string; hash: string }> {
  const recording = readRecording(file);
  const machine = createVirtMachine({
    configuration: recording.header.configuration,
    images: { kernel: readFileSync(guest.kernel), initrd: readFileSync(guest.initrd) },
    interpreter: loadInterpreter(),
    door: {
      entropy: (_, length) => new Uint8Array(length),
      realTime: () => 0,
      nextInput: () => Infinity,
      takeInputs: () => [],
      idle: () => ({ kind: "wait" }),
    },
  });
  const session = await openSession({ machine, host, name: "exported", recording });
  try {
    await session.seek(position);
    return { output: new TextDecoder().decode(session.outputUntil(0, position)), hash: session.stateHash() };
  } finally {
    await session.dispose();
  }
}
