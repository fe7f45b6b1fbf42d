import type { TranslatorMessage } from "./translator.ts";
import {
  sourcesOf,
  transferable,
  translateElsewhere,
  type TranslatedModule,
  type TranslationService,
  unpackTranslations,
} from "../engine/index.ts";
import { loadInterpreter } from "./guest.ts";
import { keptTranslations } from "./kept-translations.ts";

/** Interpreter and translator of the page's machines: there before they are needed, where somebody asks early. */
export class PageTranslator {
  private starting: Promise<TranslationService> | undefined;

  /** @param packed fetches what was translated where the page's guest was recorded. */
  constructor(
    private readonly packed: () => Promise<Uint8Array | undefined>,
    private readonly onFailure: (why: string) => void,
  ) {}

  service(): Promise<TranslationService> {
    this.starting ??= loadInterpreter()
      .then((interpreter) => pageTranslation(interpreter, this.packed(), this.onFailure))
      .catch((error: unknown) => {
        this.starting = undefined;
        throw error;
      });
    return this.starting;
  }
}

/**
 * The translator in a worker of its own, which keeps its work for later machines. `onFailure` is told once when it
 * cannot work here.
 * @param packed what was translated where the page's guest was recorded.
 */
async function pageTranslation(
  interpreter: WebAssembly.Module,
  packed: Promise<Uint8Array | undefined>,
  onFailure: (why: string) => void,
): Promise<TranslationService> {
  const sources = sourcesOf(interpreter);
  const stored = await storedTranslations(sources);
  const known = [...(await packedTranslations(sources, packed, stored)), ...stored];
  return translateElsewhere(known, (onReply, fail) => {
    const worker = new Worker(new URL("./translator.ts", import.meta.url), { type: "module", name: "translator" });
    const giveUp = (why: string): void => {
      worker.terminate();
      fail(why);
      onFailure(why);
    };
    worker.onmessage = ({ data }: MessageEvent<TranslatorMessage>): void =>
      "failure" in data ? giveUp(data.failure) : onReply(data);
    worker.onerror = ({ message }): void => giveUp(message || "its code could not be loaded");
    worker.onmessageerror = (): void => giveUp("its code could not be handed over");
    return { post: (job) => worker.postMessage({ ...job, sources }, transferable(job)) };
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
