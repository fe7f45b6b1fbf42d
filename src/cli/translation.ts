import { homedir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import {
  KeptTranslations,
  sourcesOf,
  transferable,
  translateElsewhere,
  type TranslationService,
} from "../engine/index.ts";
import { DirectoryCache } from "../storage/directory/index.ts";

/** What the translator's thread keeps its work for. */
export interface TranslatorData {
  /** None: nothing is kept. */
  readonly folder: string | undefined;
  /** Whose code it is, by name. */
  readonly guest: string;
  readonly sources: string;
}

/**
 * The translator in a thread of its own, which does not keep the process alive. It keeps its work for later machines in
 * a folder: the user's cache, unless another one is named.
 */
export async function nodeTranslation(
  guest: string,
  interpreter: WebAssembly.Module,
  folder = cacheFolder(),
): Promise<TranslationService> {
  const workerData: TranslatorData = { folder, guest, sources: sourcesOf(interpreter) };
  const known = await keptTranslations(workerData).load();
  return translateElsewhere(known, (onReply, onFailure) => {
    const worker = new Worker(new URL("./translator-worker.js", import.meta.url), { workerData });
    worker.on("message", onReply);
    worker.on("error", (error) => onFailure(error.message));
    // Last: a listener refers to it again.
    worker.unref();
    return { post: (job) => worker.postMessage(job, transferable(job)) };
  });
}

export function keptTranslations({ folder, sources }: Omit<TranslatorData, "guest">): KeptTranslations {
  return new KeptTranslations(new DirectoryCache(folder ?? ""), folder === undefined ? "" : sources);
}

/** Undefined for a user without a home. */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME } = process.env;
  try {
    return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "hindsight/translations");
  } catch {
    return undefined;
  }
}
