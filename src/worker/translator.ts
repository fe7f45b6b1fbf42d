import { messageOf } from "../base/index.ts";
import type { KeptTranslations, TranslationJob, TranslationReply } from "../engine/index.ts";
import { keptTranslations } from "./kept-translations.ts";

/** What this worker says: a job's reply, or that there will be none any more. */
export type TranslatorMessage = TranslationReply | { readonly failure: string };

/** What it is told: a job, and which sources the interpreter beside it is made from. */
type TranslatorJob = TranslationJob & { readonly sources: string };

let kept: Promise<KeptTranslations | undefined> | undefined;
let made = 0;

// binaryen is large: it is fetched here, and messages that come meanwhile wait for it.
const translator = import("../machine/virt/translator.ts").then(({ createTranslator }) =>
  createTranslator((translation, replaces) => {
    const stamp = `${Date.now()} ${String(made++).padStart(6, "0")}`;
    void kept?.then((kept) => kept?.keep(translation, stamp, replaces));
    return stamp;
  }),
);
// Whoever asks for a translation is told.
translator.catch(() => undefined);

self.onmessage = async ({ data: { sources, ...job } }: MessageEvent<TranslatorJob>): Promise<void> => {
  kept ??= keptTranslations(sources).catch(() => undefined);
  self.postMessage(await answer(job));
};

async function answer(job: TranslationJob): Promise<TranslatorMessage> {
  try {
    const translate = await translator;
    const start = performance.now();
    return { ...translate(job), ms: performance.now() - start };
  } catch (error) {
    return { failure: messageOf(error) };
  }
}
