import type { TranslationJob, TranslationReply } from "../engine/index.ts";

/** What this worker says: a job's reply, or that there will be none any more. */
export type TranslatorMessage = TranslationReply | { readonly failure: string };

// binaryen is large: it is fetched here, and messages that come meanwhile wait for it.
const translator = import("../machine/virt/translator.ts").then(({ createTranslator }) => createTranslator());

self.onmessage = async ({ data }: MessageEvent<TranslationJob>): Promise<void> => {
  self.postMessage(await answer(data));
};

async function answer(job: TranslationJob): Promise<TranslatorMessage> {
  try {
    const translate = await translator;
    const start = performance.now();
    return { ...translate(job), ms: performance.now() - start };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
