import { Worker } from "node:worker_threads";
import { transferable, translateElsewhere, type TranslationService } from "../engine/index.ts";

/** The translator in a thread of its own, which does not keep the process alive. */
export function nodeTranslation(): TranslationService {
  return translateElsewhere((onReply, onFailure) => {
    const worker = new Worker(new URL("./translator-worker.js", import.meta.url));
    worker.unref();
    worker.on("message", onReply);
    worker.on("error", (error) => onFailure(error.message));
    return { post: (job) => worker.postMessage(job, transferable(job)) };
  });
}
