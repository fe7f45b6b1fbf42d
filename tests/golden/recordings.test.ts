import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nodeHost } from "../../src/cli/scheduler.ts";
import { sha256 } from "../../src/cli/files.ts";
import type { TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { boards, type EmulatedMachine, type Images } from "../../src/machine/index.ts";
import { readRecording, verifyRecording } from "../../src/timetravel/index.ts";
import { uBoot } from "../../tools/guest/firmware.mjs";
import { guest } from "../../tools/guest/index.mjs";
import { loadInterpreter } from "../support/interpreter.ts";

// Recordings of earlier versions (make-recordings.ts) replay hash by hash.
const folder = join(import.meta.dirname, "recordings");
const names = readdirSync(folder).filter((name) => name.endsWith(".hindsight"));
const { kernel, initrd } = guest();
const available = new Map(
  [join(folder, "small.elf"), kernel, initrd, uBoot()].map((file) => {
    const bytes = new Uint8Array(readFileSync(file));
    return [sha256(bytes), bytes] as const;
  }),
);
const interpreter = loadInterpreter();
const translator = new Translator(arm64);
const atOnce: TranslationService = { request: (requests, done) => done(translator.answer({ id: 0, requests })) };

it.for(names)("%s verifies, as it was recorded by an earlier version", { timeout: 180_000 }, async (name, { skip }) => {
  const recording = readRecording(new Uint8Array(readFileSync(join(folder, name))));
  const { header, history, damage } = recording;
  expect(damage).toBeUndefined();
  const missing = header.images.filter(({ sha256 }) => !available.has(sha256));
  // Debian may have newer packages than those it was recorded with.
  skip(
    missing.length > 0,
    `it needs ${missing.map((image) => `${image.name}, SHA-256 ${image.sha256.slice(0, 16)}…`).join(" and ")}`,
  );
  const images: Images = Object.fromEntries(header.images.map(({ role, sha256 }) => [role, available.get(sha256)!]));
  const make = (translation?: TranslationService): EmulatedMachine =>
    boards.create({
      configuration: header.configuration,
      images,
      interpreter,
      ...(translation && { translation }),
    });
  const verdict = await verifyRecording({
    ...{ recording, host: nodeHost(), machine: () => make(atOnce), reference: () => make() },
  });
  expect(verdict).toMatchObject({ kind: "equal", end: history.end, hashes: history.hashes.length });
  expect(history.hashes.length).toBeGreaterThan(1);
});
