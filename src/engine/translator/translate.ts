import { Decoder, type Guest } from "../../isa/index.ts";
import { addControlFlow, type FlowBlock, ModuleBuilder } from "../../wasm/index.ts";
import { DerivedTables } from "../derived-tables.ts";
import { HANDLER_PARAMS, HANDLERS } from "../handler-lowering.ts";
import { HANDLER_SLOTS } from "../layout.ts";
import type { BuildContext } from "../lowering.ts";
import type { TranslationJob, TranslationReply } from "../translation-service.ts";
import { planRegion, type Region, successors } from "./plan.ts";
import { RegionLowering } from "./region-lowering.ts";
import { bindFields, Scanner } from "./scan.ts";

/** A page's code and where in it to begin: word indexes. */
export interface TranslationRequest {
  readonly words: Uint32Array;
  readonly entry: number;
}

export interface TranslatedRegion {
  /** The module's export; undefined when nothing could be translated there. */
  readonly function: string | undefined;
  /** Indexes of the words that the region was made from. */
  readonly covered: Uint16Array;
  readonly continuations: readonly number[];
}

export interface Translation {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** In the order of the requests. */
  readonly regions: readonly TranslatedRegion[];
}

/** Turns guest code into Wasm modules, a batch of regions each. Its only state are caches. */
export class Translator {
  private readonly decoder: Decoder;
  private readonly scanner: Scanner;

  constructor(private readonly guest: Guest) {
    this.decoder = new Decoder(guest.instructions);
    this.scanner = new Scanner(guest, (word) => this.decoder.row(word));
  }

  /** Does a job, up to the compiled module. */
  answer({ id, requests }: TranslationJob): TranslationReply {
    const { wasm, regions } = this.translate(requests);
    return { id, regions, bytes: wasm.length, module: new WebAssembly.Module(wasm) };
  }

  /** One module for all requests. */
  translate(requests: readonly TranslationRequest[]): Translation {
    const module = new ModuleBuilder();
    module.importTable(HANDLERS, HANDLER_SLOTS);
    for (const [name, params] of Object.entries(RegionLowering.imports)) module.importFunction(name, params);
    const context: BuildContext = { guest: this.guest, tables: new DerivedTables(), routines: new Set() };
    const regions = requests.map(({ words, entry }, i): TranslatedRegion => {
      const region = planRegion(this.scanner, words, entry);
      if (!region) return { function: undefined, covered: new Uint16Array(), continuations: [] };
      this.emit(module, context, region, `r${i}`);
      const covered = [...region.blocks.values()].flatMap((b) => b.summaries.map((_, n) => b.start + n));
      return { function: `r${i}`, covered: Uint16Array.from(covered), continuations: region.continuations };
    });
    return { wasm: module.emit({ optimize: false }), regions };
  }

  private emit(module: ModuleBuilder, context: BuildContext, region: Region, name: string): void {
    const f = module.function(HANDLER_PARAMS);
    const lowering = new RegionLowering(f, context, region);
    const emitter = this.guest.emitter(lowering);
    // The entry first, so that a loop that begins there is one.
    const starts = [...region.blocks.keys()].sort(
      (x, y) => Number(x < region.entry) - Number(y < region.entry) || x - y,
    );
    const numbers = new Map(starts.map((start, number) => [start, number]));
    const blocks = starts.map((start): FlowBlock => {
      const block = region.blocks.get(start)!;
      return {
        successors: successors(block).flatMap((target) => numbers.get(target) ?? []),
        build: (goto) => {
          const edges = lowering.block(block, (word) => {
            const insn = this.decoder.row(word)!;
            insn.semantics(emitter as never, bindFields(insn, word));
          });
          for (const { target, condition, leave } of edges) {
            const go = leave ?? ((): void => goto(numbers.get(target)!));
            if (condition) f.if(condition, go);
            else go();
          }
        },
      };
    });
    lowering.body(() => addControlFlow(f, blocks));
    f.finish(name, { exported: true });
  }
}
