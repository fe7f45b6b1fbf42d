import { parentPort } from "node:worker_threads";
import type { TranslationJob } from "../engine/index.ts";
import { createTranslator } from "../machine/virt/translator.ts";

const translate = createTranslator();
parentPort!.on("message", (job: TranslationJob) => {
  const start = performance.now();
  const reply = translate(job);
  parentPort!.postMessage({ ...reply, ms: performance.now() - start });
});
