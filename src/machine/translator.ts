import { assert } from "../base/index.ts";
import type { TranslationJob, TranslationReply } from "../engine/index.ts";
import { type Keep, Translator } from "../engine/translator/index.ts";
import { boards } from "./boards.ts";

/** What a guest's translator does in its worker with its messages. Imports binaryen: for a thread of its own. */
export function createTranslator(guestName: string, keep?: Keep): (job: TranslationJob) => TranslationReply {
  const guest = boards.all.find(({ guest }) => guest.name === guestName)?.guest;
  assert(guest, `no board has a CPU of ${guestName}`);
  const translator = new Translator(guest);
  return (job) => translator.answer(job, keep);
}
