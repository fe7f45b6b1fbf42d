import { type DebugTarget, GdbServer, MonitorConsole, QmpServer } from "../../src/debug/index.ts";
import { Random } from "../../src/timetravel/testing/random.ts";
import { type Protocol, message } from "./messages.ts";
import { bytesOf, damage, pieces } from "./noise.ts";
import type { FuzzTargets } from "./target.ts";

/** A machine is used for so many conversations, then made anew. */
const CONVERSATIONS = 250;
const LONGEST_ANSWER_MS = 20_000;

/** One client's end of a conversation. */
interface Client {
  receive(bytes: Uint8Array): void;
  answered(): Promise<void>;
  dispose(): void;
  /** What a client says to be sure of an answer, and how it looks. */
  readonly probe: string;
  readonly reply: RegExp;
  output: string;
}

function connect(protocol: Protocol, target: DebugTarget): Client {
  const client = { output: "" };
  const send = (bytes: Uint8Array): void => {
    // The end is what matters.
    client.output = (client.output + Buffer.from(bytes).toString("latin1")).slice(-100_000);
  };
  const transport = { send, close() {} };
  if (protocol === "rsp") {
    const server = new GdbServer(target, transport);
    return Object.assign(client, {
      receive: (bytes: Uint8Array) => server.receive(bytes),
      answered: () => server.answered(),
      dispose: () => server.dispose(),
      probe: "$qC#b4",
      reply: /\$QC(p01\.)?01#/,
    });
  }
  if (protocol === "qmp") {
    const server = new QmpServer(target, transport);
    return Object.assign(client, {
      receive: (bytes: Uint8Array) => server.receive(bytes),
      answered: () => server.answered(),
      dispose: () => server.dispose(),
      probe: '{"execute": "qmp_capabilities"}{"execute": "query-status"}',
      reply: /\{"return": \{"running": (true|false), /,
    });
  }
  const console = new MonitorConsole(target, { interactive: true, write: send, hangUp() {} });
  console.greet();
  return Object.assign(client, {
    receive: (bytes: Uint8Array) => console.receive(bytes),
    answered: () => console.answered(),
    dispose() {},
    probe: "info status\n",
    reply: /VM status: \w+/,
  });
}

export interface FuzzOptions {
  readonly protocol: Protocol;
  readonly seed: number;
  /** Messages to send. */
  readonly inputs: number;
  readonly onProgress?: (sent: number) => void;
}

/**
 * Sends malformed and well-formed messages and sees that each conversation comes to its end, that the next client is
 * served, and that nothing throws. Throws an error with the seed and the conversation's bytes where that is not so.
 */
export async function fuzz(targets: FuzzTargets, { protocol, seed, inputs, onProgress }: FuzzOptions): Promise<void> {
  const unhandled: unknown[] = [];
  const notice = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", notice);
  process.on("uncaughtException", notice);
  try {
    let target: DebugTarget | undefined;
    for (let sent = 0, conversation = 0; sent < inputs; conversation++) {
      if (conversation % CONVERSATIONS === 0) {
        await target?.session.dispose();
        target = await targets.open((conversation / CONVERSATIONS) % 2 === 1);
        onProgress?.(sent);
      }
      const random = new Random(seed * 1_000_003 + conversation);
      const messages = Array.from({ length: random.between(1, 12) }, () => damage(random, message(protocol, random)));
      if (protocol === "qmp" && random.between(0, 4) > 0) messages.unshift(bytesOf('{"execute": "qmp_capabilities"}'));
      sent += messages.length;
      const bytes = Buffer.concat(messages);
      try {
        await converse(protocol, target!, random, bytes);
        if (unhandled.length > 0) throw unhandled[0];
      } catch (error) {
        const text = bytes.toString("latin1");
        throw new Error(`${protocol}, seed ${seed}, conversation ${conversation}: ${JSON.stringify(text)}`, {
          cause: error,
        });
      }
    }
    await target?.session.dispose();
  } finally {
    process.off("unhandledRejection", notice);
    process.off("uncaughtException", notice);
  }
}

async function converse(protocol: Protocol, target: DebugTarget, random: Random, bytes: Uint8Array): Promise<void> {
  const hostile = connect(protocol, target);
  for (const piece of pieces(random, bytes)) {
    hostile.receive(piece);
    if (random.between(0, 3) === 0) await turn();
  }
  // Some hang up in the middle of things.
  if (random.between(0, 3) === 0) hostile.dispose();
  await settle(hostile, target);
  hostile.dispose();
  const next = connect(protocol, target);
  next.receive(bytesOf(next.probe));
  await settle(next, target);
  next.dispose();
  if (!next.reply.test(next.output)) throw new Error(`the next client was not served: ${next.output}`);
  await inTime(target.control.halt(), "the stop");
}

/** Waits for the answers; a machine that was let run is stopped. */
async function settle(client: Client, target: DebugTarget): Promise<void> {
  let done = false;
  const work = client.answered().finally(() => (done = true));
  const poke = async (): Promise<void> => {
    while (!done) {
      target.session.interrupt();
      await turn();
    }
  };
  await inTime(
    Promise.all([work, poke()]).finally(() => (done = true)),
    "an answer",
  );
}

async function inTime(work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), LONGEST_ANSWER_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
