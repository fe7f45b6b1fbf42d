import { KeptTranslations } from "../engine/index.ts";
import { openDatabase, sharedCache } from "../storage/indexeddb/index.ts";

/** Rejects where the browser keeps nothing. */
export async function keptTranslations(sources: string): Promise<KeptTranslations> {
  return new KeptTranslations(sharedCache(await openDatabase()), sources);
}
