import type { TranslatorMessage } from "./translator.ts";
import {
  sourcesOf,
  transferable,
  translateElsewhere,
  type TranslatedModule,
  type TranslationService,
  unpackTranslations,
} from "../engine/index.ts";
import { loadInterpreter } from "./interpreters.ts";
import { idleWorker } from "./idle-worker.ts";
import { keptTranslations } from "./kept-translations.ts";

/** binaryen holds tens of megabytes, and is there again in half a second: nothing waits for it. */
const restMs = 10_000;
/**
 * Loading binaryen takes a second and more of a core, and some 90 MB. Where most of what a guest's start needs is
 * translated already, that can wait; longer in a replay, of which nearly all was translated when it was recorded.
 */
const patienceMs = { recording: 4_000, replay: 20_000 } as const;

/** What a recording is doing while it is replayed: at rest, nothing is gained from translating its code. */
export type Replaying = "replays" | "rests" | false | undefined;

/** Interpreters and translators of the page's machines: there before they are needed, where somebody asks early. */
export class PageTranslator {
  private readonly starting = new Map<string, Promise<TranslationService>>();

  /** @param packed fetches what was translated where the page's guest was recorded. */
  constructor(
    private readonly packed: () => Promise<Uint8Array | undefined>,
    private readonly onFailure: (why: string) => void,
    private readonly replaying: () => Replaying,
  ) {}

  /** A guest's, by its name. */
  service(guest: string): Promise<TranslationService> {
    const known = this.starting.get(guest);
    if (known) return known;
    const starting = loadInterpreter(guest)
      .then((interpreter) => pageTranslation(guest, interpreter, this.packed(), this.onFailure, this.replaying))
      .catch((error: unknown) => {
        this.starting.delete(guest);
        throw error;
      });
    this.starting.set(guest, starting);
    return starting;
  }
}

/**
 * The translator in a worker of its own, which keeps its work for later machines. `onFailure` is told once when it
 * cannot work here.
 * @param packed what was translated where the page's guest was recorded.
 */
async function pageTranslation(
  guest: string,
  interpreter: WebAssembly.Module,
  packed: Promise<Uint8Array | undefined>,
  onFailure: (why: string) => void,
  replaying: () => Replaying,
): Promise<TranslationService> {
  const sources = sourcesOf(interpreter);
  const stored = await storedTranslations(sources);
  const known = [...(await packedTranslations(sources, packed, stored)), ...stored];
  return translateElsewhere(known, (onReply, fail) => {
    const giveUp = (why: string): void => {
      worker.terminate();
      fail(why);
      onFailure(why);
    };
    const worker = idleWorker(
      () => {
        const started = new Worker(new URL("./translator.ts", import.meta.url), { type: "module", name: "translator" });
        started.onmessage = ({ data }: MessageEvent<TranslatorMessage>): void => {
          if ("failure" in data) return giveUp(data.failure);
          worker.answered();
          onReply(data);
        };
        started.onerror = ({ message }): void => giveUp(message || "its code could not be loaded");
        started.onmessageerror = (): void => giveUp("its code could not be handed over");
        return started;
      },
      {
        restMs,
        patienceMs: () => (known.length === 0 ? 0 : replaying() ? patienceMs.replay : patienceMs.recording),
        worthwhile: () => replaying() !== "rests",
      },
    );
    return { post: (job) => worker.post({ ...job, guest, sources }, transferable(job)) };
  });
}

async function packedTranslations(
  sources: string,
  packed: Promise<Uint8Array | undefined>,
  known: readonly TranslatedModule[],
): Promise<TranslatedModule[]> {
  const file = await packed.catch(() => undefined);
  return file ? unpackTranslations(file, sources, known) : [];
}

async function storedTranslations(sources: string): Promise<TranslatedModule[]> {
  const kept = await keptTranslations(sources).catch(() => undefined);
  return (await kept?.load()) ?? [];
}
