import { messageOf } from "../base/index.ts";
import type { KeptTranslations, TranslationJob, TranslationReply } from "../engine/index.ts";
import { keptTranslations } from "./kept-translations.ts";

/** What this worker says: a job's reply, or that there will be none any more. */
export type TranslatorMessage = TranslationReply | { readonly failure: string };

/** What it is told: a job, whose code it is, and which sources the interpreter beside it is made from. The last two stay. */
type TranslatorJob = TranslationJob & { readonly guest: string; readonly sources: string };

let kept: Promise<KeptTranslations | undefined> | undefined;
let made = 0;

// binaryen is large: it is fetched here, and messages that come meanwhile wait for it.
const loading = import("../machine/translator.ts");
// Whoever asks for a translation is told.
loading.catch(() => undefined);
let translate: ((job: TranslationJob) => TranslationReply) | undefined;

self.onmessage = async ({ data: { guest, sources, ...job } }: MessageEvent<TranslatorJob>): Promise<void> => {
  kept ??= keptTranslations(sources).catch(() => undefined);
  self.postMessage(await answer(guest, job));
};

async function answer(guest: string, job: TranslationJob): Promise<TranslatorMessage> {
  try {
    const { createTranslator } = await loading;
    translate ??= createTranslator(guest, (translation, replaces) => {
      const stamp = `${Date.now()} ${String(made++).padStart(6, "0")}`;
      void kept?.then((kept) => kept?.keep(translation, stamp, replaces));
      return stamp;
    });
    const start = performance.now();
    return { ...translate(job), ms: performance.now() - start };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}
