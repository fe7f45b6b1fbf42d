// Makes the demo recording, .cache/guest/demo.hindsight, unless the one that is there is of this guest and this machine:
//
//   node tools/demo/main.mjs        (the sources compiled: see tools/support/build.mjs)
// @ts-check
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { readLogHeader } from "../../build/src/timetravel/index.js";
import { demoConfiguration } from "../../build/src/worker/demo.js";
import { guest } from "../guest/index.mjs";
import { readArguments } from "../support/arguments.mjs";
import { demoRecording, demoTranslations, guests, interpreterOf, machineSources } from "../support/build.mjs";
import { stale } from "../support/process.mjs";
import { Progress } from "../support/progress.mjs";
import { recordDemo } from "./record.mjs";

readArguments("node tools/demo/main.mjs: makes the demo recording, unless it is there");
const files = guest();
if (!upToDate()) {
  const progress = new Progress("recording the demo");
  try {
    const { bytes, translations, position } = await recordDemo(files, (share, at) =>
      progress.update(share, `position ${at}`),
    );
    writeFileSync(`${demoRecording}.part`, bytes);
    renameSync(`${demoRecording}.part`, demoRecording);
    writeFileSync(demoTranslations, translations);
    progress.done(`${position} instructions in ${(bytes.length / 1024).toFixed(1)} KB`);
  } catch (error) {
    progress.abandon();
    process.stderr.write(`no demo recording: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function upToDate() {
  if (
    !existsSync(demoTranslations) ||
    !existsSync(demoRecording) ||
    stale(demoRecording, [...guests.map(interpreterOf), ...machineSources, "tools/demo"])
  )
    return false;
  const { configuration, images } = readLogHeader(new Uint8Array(readFileSync(demoRecording)));
  return (
    isDeepStrictEqual(configuration, demoConfiguration) &&
    images.every(({ role, sha256: wanted }) => wanted === sha256(role === "kernel" ? files.kernel : files.initrd))
  );
}

/** @param {string} file */
function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
