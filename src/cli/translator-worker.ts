import { parentPort } from "node:worker_threads";
import { createTranslator } from "../machine/virt/translator.ts";

const translate = createTranslator();
parentPort!.on("message", (job) => parentPort!.postMessage(translate(job)));
