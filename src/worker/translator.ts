import type { TranslationJob } from "../engine/index.ts";

// binaryen is large: it is fetched here, and messages that come meanwhile wait for it.
const translator = import("../machine/virt/translator.ts").then(({ createTranslator }) => createTranslator());

self.onmessage = async ({ data }: MessageEvent<TranslationJob>): Promise<void> => {
  const translate = await translator;
  const start = performance.now();
  const reply = translate(data);
  self.postMessage({ ...reply, ms: performance.now() - start });
};
