import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { printable, UserError } from "../base/index.ts";
import { boards } from "../machine/index.ts";
import { pieces, withReader } from "../storage/index.ts";
import { DirectoryStore } from "../storage/directory/index.ts";
import {
  openRecording,
  type ParentReference,
  readLogHeader,
  type Recording,
  verifyRecording,
  type Verdict,
} from "../timetravel/index.ts";
import { imagesOfRecording } from "./files.ts";
import { machineFactory } from "./make-machine.ts";
import { parseOptions } from "./options.ts";
import { nodeHost } from "./scheduler.ts";

/** More than any header has. */
const HEADER_BYTES = 2 ** 16;

export const verifyUsage = `hindsight verify RECORDING [-kernel FILE] [-initrd FILE] [-dtb FILE] [-accel tcg,translate=off]
                replays a recording and checks every hash of the state that stands in it; where one differs, finds
                the first instruction that replays otherwise than on the interpreter. Ends with status 0 when all
                are equal, 2 when the replay differs or the file is damaged, 1 when nothing can be replayed.
`;

/** `hindsight verify`: prints what it found; resolves to the exit status. */
export async function verify(args: readonly string[], say: (line: string) => void): Promise<number> {
  const [file, ...rest] = args;
  if (file === undefined || file.startsWith("-") || basename(file) === "")
    throw new UserError(`verify needs a recording's file name${file === undefined ? "" : `, not '${file}'`}`);
  const store = new DirectoryStore(dirname(file));
  const recording = await openRecording(store, basename(file));
  try {
    return await verifyOpened(recording, store, file, rest, say);
  } finally {
    await recording.close?.();
  }
}

async function verifyOpened(
  recording: Recording,
  store: DirectoryStore,
  file: string,
  rest: readonly string[],
  say: (line: string) => void,
): Promise<number> {
  const { header, history } = recording;
  const board = boards.named(header.configuration.board);
  const options = parseOptions(["-M", board.name, ...rest]);
  if ("information" in options) throw new UserError("verify has no lists; see hindsight help");
  const images = await imagesOfRecording(header, options);
  const make = await machineFactory(header.configuration, images, options.translate);
  while (history.growth) await history.growth;
  const { damage } = recording;
  if (damage !== undefined) say(`${damage}; what comes before it is verified`);
  const verdict = await verifyRecording({
    recording,
    host: nodeHost(),
    machine: () => make(options.translate),
    reference: () => make(false),
    ...(process.stderr.isTTY && { onProgress: showProgress }),
  });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  for (const line of describe(verdict)) process.stdout.write(`${line}\n`);
  if (verdict.kind === "different") return 2;
  const last = history.blocks.lastHash(Infinity);
  if (last < verdict.end) {
    const why = history.endReason === undefined ? `: ${await whyUnended(store, file)}` : "";
    process.stdout.write(`no hash stands after position ${last}${why}\n`);
  }
  return damage === undefined ? 0 : 2;
}

/**
 * A recording that does not say how it ended may have been left for a branch, which lies beside it and names it. Other
 * branches are made from its replay. Those of earlier versions do not tell: then nothing may have been recorded since.
 */
async function whyUnended(store: DirectoryStore, file: string): Promise<string> {
  const size = await withReader(store, basename(file), (reader) => reader.size());
  for (const { name } of await store.list()) {
    const parent = await parentOf(join(dirname(file), name));
    if (parent?.name !== basename(file) || parent.bytes > size) continue;
    if (!(parent.left ?? parent.bytes === size)) continue;
    if ((await digest(store, basename(file), parent.bytes)) === parent.sha256)
      return `it was left for its branch '${printable(name)}', from position ${parent.position}`;
  }
  return "it was killed, is recording, or was left for a branch that is not beside it";
}

/** Of so many bytes of a recording. */
async function digest(store: DirectoryStore, name: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  await withReader(store, name, async (reader) => {
    for await (const piece of pieces(reader, bytes)) hash.update(piece);
  });
  return hash.digest("hex");
}

/** Of a file that may be anything, and large. */
async function parentOf(path: string): Promise<ParentReference | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    const head = new Uint8Array(HEADER_BYTES);
    const { bytesRead } = (await file?.read(head)) ?? { bytesRead: 0 };
    return readLogHeader(head.subarray(0, bytesRead)).parent;
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

function describe(verdict: Verdict): string[] {
  if (verdict.kind === "equal")
    return [`equal: ${verdict.hashes} hashes in ${verdict.end} instructions, chain ${verdict.chain}`];
  const { good, bad, message, reference, step } = verdict;
  const lines = [`different between positions ${good} and ${bad}: ${message}`, `the interpreter ${reference}`];
  if (reference === "differs in the same way")
    lines.push(
      "so the recording was made by something else, or was changed; it has no state in between to compare with",
    );
  else if (!step) lines.push("the replay did not differ a second time");
  else {
    lines.push(
      `first different step: position ${step.position}, pc 0x${step.pc.toString(16)}: ${step.instruction ?? "?"}`,
    );
    for (const difference of step.differences) lines.push(`  ${difference}`);
  }
  return lines;
}

function showProgress({ done, total }: { done: number; total: number }): void {
  process.stderr.write(`\rverifying: ${Math.floor((100 * done) / Math.max(1, total))} %`);
}
