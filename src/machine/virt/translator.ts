import type { TranslationJob, TranslationReply } from "../../engine/index.ts";
import { type Keep, Translator } from "../../engine/translator/index.ts";
import { arm64 } from "../../isa/arm64/index.ts";

/** What the translator's worker does with its messages. Imports binaryen: for a thread of its own. */
export function createTranslator(keep?: Keep): (job: TranslationJob) => TranslationReply {
  const translator = new Translator(arm64);
  return (job) => translator.answer(job, keep);
}
