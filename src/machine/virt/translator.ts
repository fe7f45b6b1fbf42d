import type { Translation, TranslationJob, TranslationReply } from "../../engine/index.ts";
import { Translator } from "../../engine/translator/index.ts";
import { arm64 } from "../../isa/arm64/index.ts";

/** What the translator's worker does with its messages. Imports binaryen: for a thread of its own. */
export function createTranslator(made?: (translation: Translation) => void): (job: TranslationJob) => TranslationReply {
  const translator = new Translator(arm64);
  return (job) => translator.answer(job, made);
}
