import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { buildInterpreter } from "../../src/engine/interpreter/interpreter.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { CODE_32_FLAT, CODE_64 } from "../../src/isa/x86/modes.ts";
import { translateNow } from "../differential/core.ts";
import { ARENA, ARENA_BYTES, type Case, PLACE } from "./case.ts";
import { FpuImages } from "./fpu-image.ts";
import { TRANSLATED_CASES } from "./coverage.ts";
import { arenaOf, makeCase, type Subject, subjects } from "./generate.ts";
import { enterCase, placeCpu } from "./ours.ts";
import { Random } from "./random.ts";

const COUNT = Number(process.env["HINDSIGHT_X86_TRANSLATED"] ?? TRANSLATED_CASES);
const SEED = 1;
const [NOP, INT3, JUMP] = [0x90, 0xcc, 0xeb];
/** Before an instruction and behind it; then a jump back: regions only read memory that the TLB has. */
const AROUND = 3;
const MOST_STEPS = 40;
const PAGE = 4096;

const interpreter = new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm));
const translator = new Translator(x86);
const atOnce: TranslationService = { request: (requests, done) => done(translateNow(translator, requests)) };
const arena = arenaOf(SEED);
const all = subjects();

const interpreted = placeCpu(interpreter);
const translated = placeCpu(interpreter, atOnce);
const begin = interpreted.saveState();
translated.regions.maxBytes = 2 ** 20;

function loadCode(cpu: Cpu, one: Case): void {
  const code = new Uint8Array(PAGE).fill(INT3);
  code.fill(NOP, one.offset - AROUND, one.offset + one.code.length + AROUND);
  code.set(one.code, one.offset);
  code.set([JUMP, -(one.code.length + 2 * AROUND + 2)], one.offset + one.code.length + AROUND);
  cpu.physical.writeRam(PLACE, code);
}

function loadArena(cpu: Cpu, one: Case): void {
  cpu.physical.writeRam(ARENA, arena);
  for (const { offset, bytes } of one.changes) cpu.physical.writeRam(ARENA + offset, bytes);
}

/** What names the state that it leads to. */
function runCase(cpu: Cpu, one: Case): string {
  loadCode(cpu, one);
  const start = { ...one, offset: one.offset - AROUND };
  if (cpu === translated) {
    // The page is known once something of it has run.
    enterCase(cpu, begin, start);
    cpu.run(1);
    cpu.regions.hot(one.long ? CODE_64 : CODE_32_FLAT, start.offset);
  }
  loadArena(cpu, one);
  enterCase(cpu, begin, start);
  cpu.run(MOST_STEPS);
  const parts = [cpu.saveState(), cpu.physical.readRam(ARENA, ARENA_BYTES)!, cpu.physical.readRam(PLACE, PAGE)!];
  return `${cpu.position} ${parts.map((bytes) => createHash("sha1").update(bytes).digest("hex")).join(" ")}`;
}

describe("a row does the same translated:", () => {
  for (const row of new Set(all.map((subject) => subject.row)))
    it(`${row.name} (${row.pattern.text})`, () => {
      const random = new Random(SEED);
      const images = new FpuImages(random);
      const drawn = all
        .filter((subject) => subject.row === row)
        .flatMap((subject: Subject) => Array.from({ length: COUNT }, () => makeCase(subject, random, images)));
      const before = translated.translation?.translatedSteps ?? 0;
      for (const one of drawn)
        expect(runCase(translated, one), Buffer.from(one.code).toString("hex")).toEqual(runCase(interpreted, one));
      const steps = (translated.translation?.translatedSteps ?? 0) - before;
      // What branches away does not come back.
      const least = /^(JMP|CALL|RET)/.test(row.name) ? AROUND - 0.5 : 5;
      expect(steps, "steps in regions").toBeGreaterThan(least * drawn.length);
    });
});
