import type { TranslatorMessage } from "./translator.ts";
import { transferable, translateElsewhere, type TranslationService } from "../engine/index.ts";

/** The translator in a worker of its own. `onFailure` is told once when it cannot work here. */
export function pageTranslation(onFailure: (why: string) => void): TranslationService {
  return translateElsewhere((onReply, fail) => {
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
    return { post: (job) => worker.postMessage(job, transferable(job)) };
  });
}
