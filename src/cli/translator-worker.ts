import { parentPort, workerData } from "node:worker_threads";
import type { TranslationJob } from "../engine/index.ts";
import { createTranslator } from "../machine/translator.ts";
import { keptTranslations, type TranslatorData } from "./translation.ts";

const data = workerData as TranslatorData;
const kept = keptTranslations(data);
let made = 0;
const translate = createTranslator(data.guest, (translation, replaces) => {
  const stamp = `${Date.now()} ${String(made++).padStart(6, "0")} ${process.pid}`;
  void kept.keep(translation, stamp, replaces);
  return stamp;
});
parentPort!.on("message", (job: TranslationJob) => {
  const start = performance.now();
  const reply = translate(job);
  parentPort!.postMessage({ ...reply, ms: performance.now() - start });
});
