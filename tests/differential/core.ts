import { Cpu, Engine, type TranslationReply, type TranslationService } from "../../src/engine/index.ts";
import type { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";

/** An arm64 CPU with 4 MB of RAM and nothing around it; what it has a translator for is translated at once, executed or not. */
export function core(interpreter: WebAssembly.Module, ramBase: number, service?: TranslationService): Cpu {
  const cpu = new Cpu(
    new Engine(arm64, interpreter, [{ name: "ram", bytes: 2 ** 22 }], {
      mmioRead: () => undefined,
      mmioWrite: () => false,
      guest: {
        timerRead: () => 0n,
        timerWrite: () => {},
        countersChanged: () => {},
        instructionNs: () => 1n,
        hypercall: () => 0,
        interruptLine: () => 0,
      },
    }),
  );
  cpu.map.place(ramBase, cpu.block("ram"));
  cpu.regions.coldCode = true;
  cpu.regions.minHeat = 1;
  cpu.regions.service = service;
  return cpu;
}

/** What a translator answers, not compiled before it is used: an instance more of each module takes longer than all else. */
export function translateNow(
  translator: Translator,
  requests: Parameters<Translator["translate"]>[0],
): TranslationReply {
  const { wasm, regions } = translator.translate(requests);
  return { id: 0, regions, bytes: wasm.length, module: new WebAssembly.Module(wasm) };
}
