import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Translation, KeptTranslations, type TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import type { Door } from "../../src/hardware/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { boards, type EmulatedMachine } from "../../src/machine/index.ts";
import { MemoryStore } from "../../src/storage/index.ts";
import { guestFolder } from "../../tools/guest/index.mjs";
import { loadInterpreter } from "../support/interpreter.ts";

const [kernel, initrd] = [join(guestFolder, "Image"), join(guestFolder, "initrd.gz")];

const door: Door = {
  entropy: (_position, length) => new Uint8Array(length).fill(7),
  realTime: () => 1_700_000_000,
  nextInput: () => Infinity,
  takeInputs: () => [],
  idle: (_position, _now, deadline) => (deadline === undefined ? { kind: "wait" } : { kind: "deadline" }),
};

function machine(translation?: TranslationService): EmulatedMachine {
  return boards.create({
    configuration: {
      board: "virt",
      cpu: "cortex-a53",
      ramBytes: 128 * 2 ** 20,
      shift: 0,
      append: "console=ttyAMA0 nokaslr",
      reboot: false,
      randomness: true,
      semantics: 1,
    },
    images: { kernel: readFileSync(kernel), initrd: readFileSync(initrd) },
    interpreter: loadInterpreter(),
    door,
    ...(translation && { translation }),
  });
}

/** Registers, devices and the content of every page. */
function state(of: EmulatedMachine): string {
  const pages: number[] = [];
  for (let page = 0; page < of.pages.count; page++) pages.push(...of.pages.hash(page));
  return `${of.save().join()} ${pages.join()}`;
}

describe.skipIf(!existsSync(kernel))("the kernel's boot, translated", () => {
  const checked: { readonly position: number; readonly state: string }[] = [];
  const made: Translation[] = [];

  it("has the interpreter's states, whenever code arrives", { timeout: 180_000 }, () => {
    const translator = new Translator(arm64);
    const late: (() => void)[] = [];
    const translated = machine({
      request: (requests, done) =>
        void late.push(() =>
          done(translator.answer({ id: 0, requests }, (translation) => `${made.push(translation)}`)),
        ),
    });
    translated.cpu.regions.minHeat = 1;
    const interpreted = machine();
    // Slices of odd lengths; code arrives a few slices after it was asked for.
    for (let slice = 0, at = 0; at < 300e6; slice++) {
      at += 1_234_567 + (slice % 7) * 345_678;
      translated.run(at, { kind: "ignore" });
      if (slice % 3 === 0) late.shift()?.();
      if (slice % 40 !== 39) continue;
      interpreted.run(at, { kind: "ignore" });
      expect(state(translated) === state(interpreted), `position ${at}`).toBe(true);
      checked.push({ position: at, state: state(interpreted) });
    }
    expect(translated.cpu.regions.counters.installed).toBeGreaterThan(50);
  });

  it("has them with what an earlier machine had translated", { timeout: 180_000 }, async () => {
    const kept = new KeptTranslations(new MemoryStore().cache("kept"), "these");
    for (const [n, translation] of made.entries()) await kept.keep(translation, String(n).padStart(6, "0"));
    const known = await kept.load();
    const again = machine({ request: () => undefined, known: () => known });
    for (const { position, state: expected } of checked) {
      again.run(position, { kind: "ignore" });
      expect(state(again) === expected, `position ${position}`).toBe(true);
    }
    const { steps, translatedSteps, recalled } = again.translation!;
    expect(recalled).toBeGreaterThan(100);
    expect(translatedSteps / steps).toBeGreaterThan(0.5);
  });
});
