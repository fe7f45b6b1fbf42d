import { createHash } from "node:crypto";
import type { Cpu, TranslationService } from "../../src/engine/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { CODE_32_FLAT, CODE_64 } from "../../src/isa/x86/modes.ts";
import { translateNow } from "../differential/core.ts";
import { ARENA, ARENA_BYTES, type Case, PLACE } from "./case.ts";
import { arenaOf, type Subject } from "./generate.ts";
import { enterCase, placeCpu } from "./ours.ts";
import { drawCases } from "./row-check.ts";

const [NOP, INT3, JUMP] = [0x90, 0xcc, 0xeb];
/** Before an instruction and behind it; then a jump back: regions only read memory that the TLB has. */
export const AROUND = 3;
const MOST_STEPS = 40;
const PAGE = 4096;

const translator = new Translator(x86);

/** Single instructions, translated beside interpreted. */
export class TranslatedCheck {
  private readonly arena: Uint8Array;
  private readonly interpreted: Cpu;
  private readonly translated: Cpu;
  private readonly begin: Uint8Array<ArrayBuffer>;

  constructor(interpreter: WebAssembly.Module, seed: number) {
    const atOnce: TranslationService = { request: (requests, done) => done(translateNow(translator, requests)) };
    this.arena = arenaOf(seed);
    this.interpreted = placeCpu(interpreter);
    this.translated = placeCpu(interpreter, atOnce);
    this.begin = this.interpreted.saveState();
    this.translated.regions.maxBytes = 2 ** 20;
  }

  get translatedSteps(): number {
    return this.translated.translation?.translatedSteps ?? 0;
  }

  /** How many cases there were, and those that differ. */
  run(of: readonly Subject[], each: number, seed: number): { cases: number; failures: string[] } {
    let cases = 0;
    const failures: string[] = [];
    for (const batch of drawCases(of, each, seed)) {
      cases += batch.length;
      for (const { subject, one } of batch) {
        const [ours, expected] = [this.runCase(this.translated, one), this.runCase(this.interpreted, one)];
        if (ours === expected) continue;
        const code = Buffer.from(one.code).toString("hex");
        failures.push(
          `${subject.row.name} ${JSON.stringify(subject.splits)} ${code}: ${ours}, interpreted ${expected}`,
        );
      }
    }
    return { cases, failures };
  }

  /** What names the state that it leads to. */
  private runCase(cpu: Cpu, one: Case): string {
    loadCode(cpu, one);
    const start = { ...one, offset: one.offset - AROUND };
    if (cpu === this.translated) {
      // The page is known once something of it has run.
      enterCase(cpu, this.begin, start);
      cpu.run(1);
      cpu.regions.hot(one.long ? CODE_64 : CODE_32_FLAT, start.offset);
    }
    cpu.physical.writeRam(ARENA, this.arena);
    for (const { offset, bytes } of one.changes) cpu.physical.writeRam(ARENA + offset, bytes);
    enterCase(cpu, this.begin, start);
    cpu.run(MOST_STEPS);
    const parts = [cpu.saveState(), cpu.physical.readRam(ARENA, ARENA_BYTES)!, cpu.physical.readRam(PLACE, PAGE)!];
    return `${cpu.position} ${parts.map((bytes) => createHash("sha1").update(bytes).digest("hex")).join(" ")}`;
  }
}

function loadCode(cpu: Cpu, one: Case): void {
  const code = new Uint8Array(PAGE).fill(INT3);
  code.fill(NOP, one.offset - AROUND, one.offset + one.code.length + AROUND);
  code.set(one.code, one.offset);
  code.set([JUMP, -(one.code.length + 2 * AROUND + 2)], one.offset + one.code.length + AROUND);
  cpu.physical.writeRam(PLACE, code);
}
