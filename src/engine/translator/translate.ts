import { bindFields, type Decoded, enumerateHandlers, type Emitter, type Guest, type Row } from "../../isa/index.ts";
import { addControlFlow, ModuleBuilder } from "../../wasm/index.ts";
import type { PageUnits } from "../code/units.ts";
import { formOf } from "../code/form-of.ts";
import { DerivedTables } from "../interpreter/derived-tables.ts";
import { HANDLER_PARAMS } from "../interpreter/handler-lowering.ts";
import { FIRST_HANDLER } from "../layout.ts";
import { type BuildContext, routineName } from "../interpreter/lowering.ts";
import { hasWideFlags } from "../regions/runtime.ts";
import type {
  TranslatedRegion,
  Translation,
  TranslationJob,
  TranslationReply,
  TranslationRequest,
} from "../regions/translation.ts";
import { coveredBy, PagePlanner, type Region } from "./plan.ts";
import { RegionFlow } from "./region-flow.ts";
import { RegionLowering } from "./region-lowering.ts";
import { Scanner } from "./scan.ts";

/** Keeps a translation for later machines, instead of others by their stamps; gives its own. */
export type Keep = (translation: Translation, replaces: readonly string[]) => string;

/** Turns guest code into Wasm modules, a batch of regions each. Its only state are caches. */
export class Translator {
  private readonly scanner: Scanner;
  /** Stands in for the machine's, where regions are called to be compiled. */
  private readonly scratch = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  private readonly firstRegionSlot: number;

  constructor(private readonly guest: Guest) {
    this.firstRegionSlot = FIRST_HANDLER + enumerateHandlers<Emitter, Row<Emitter>>(guest.instructions).length;
    this.scanner = new Scanner(guest);
  }

  /** Does a job, up to the compiled module. `keep` is given what it is compiled from, if that is to be kept. */
  answer({ id, requests, keep: kept = true, replaces = [] }: TranslationJob, keep?: Keep): TranslationReply {
    const translation = this.translate(requests);
    const stamp = kept ? keep?.(translation, replaces) : undefined;
    const { wasm, regions } = translation;
    const module = new WebAssembly.Module(wasm);
    this.compile(module);
    return { id, regions, bytes: wasm.length, module, kept: stamp };
  }

  /** Engines compile a function at its first call: calls all, with no budget, so that it happens here and not while the guest waits. */
  private compile(module: WebAssembly.Module): void {
    const nothing = (): number => 0;
    const host = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, nothing]));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.scratch }, host });
    for (const enter of Object.values(exports)) (enter as (entry: number, budget: number) => void)(0, 0);
  }

  /** One module for all requests. */
  translate(requests: TranslationJob["requests"]): Translation {
    const { module, regions } = this.build(requests);
    return { wasm: module.emit({ optimize: false }), regions };
  }

  /** The same module in WebAssembly's text format, for people and golden tests. */
  text(requests: TranslationJob["requests"]): string {
    return this.build(requests).module.text();
  }

  private build(requests: TranslationJob["requests"]): { module: ModuleBuilder; regions: TranslatedRegion[] } {
    const { guest, firstRegionSlot } = this;
    const module = new ModuleBuilder();
    module.importFunction("leave", ["i32", "i32", "i32", "i32"]);
    module.importFunction("goTo", ["i64", "i32", "i32"]);
    module.importFunction("flagsOf", ["i32", "i64", "i64"], hasWideFlags(guest) ? "i64" : "i32");
    const tables = new DerivedTables();
    const context: BuildContext = { guest, form: formOf(guest), tables, routines: new Set(), firstRegionSlot };
    const regions = requests.map((request, i): TranslatedRegion => {
      const name = `region${i}`;
      const region = this.plan(request);
      const { mode = 0 } = request;
      const nothing = { covered: new Uint16Array(), code: new Uint32Array(), mode };
      if (!region) return { entries: new Uint16Array(), function: name, ...nothing };
      this.emit(module, context, region, name);
      const covered = Uint16Array.from(coveredBy(region));
      const units = this.unitsIn(request);
      const code = Uint32Array.from(covered, (place) => units[place]!);
      return { entries: Uint16Array.from(region.entries), function: name, covered, code, mode };
    });
    for (const routine of context.routines) module.importFunction(routineName(routine), routine.params, routine.result);
    return { module, regions };
  }

  private plan(request: TranslationRequest | TranslatedRegion): Region | undefined {
    const planner = new PagePlanner(this.scanner, this.unitsIn(request), request.mode ?? 0);
    if ("covered" in request) return planner.planAgain(request);
    const { entry, entries = [], executed } = request;
    return planner.plan([entry, ...entries], (place) => executed?.[place] !== 0);
  }

  /** Of a region that there is, what it was made from. */
  private unitsIn(request: TranslationRequest | TranslatedRegion): PageUnits {
    if (!("covered" in request)) return request.units;
    const units = this.guest.code ? new Uint8Array(4096) : new Uint32Array(1024);
    request.covered.forEach((place, at) => (units[place] = request.code[at]!));
    return units;
  }

  private emit(module: ModuleBuilder, context: BuildContext, region: Region, name: string): void {
    // A lone entry first, so that a loop that begins there is one.
    const alone = region.entries.length === 1 ? region.entries[0]! : 0;
    const starts = [...region.blocks.keys()].sort((x, y) => Number(x < alone) - Number(y < alone) || x - y);
    const flow = new RegionFlow(region, starts);
    const f = module.function(HANDLER_PARAMS);
    const lowering = new RegionLowering(f, context, region, flow.registers);
    const emitter = this.guest.emitter(lowering);
    const emit = ({ row, splits }: Decoded): void => row.semantics(emitter, bindFields(row, splits));
    const blocks = flow.blocks(
      (start, goto) => {
        const goTo = (target: number): void => {
          if (flow.entersLoop(start, target)) lowering.prepareLoop(target);
          goto(target);
        };
        for (const { target, condition, leave } of lowering.block(region.blocks.get(start)!, emit, goTo)) {
          const go = leave ?? ((): void => goTo(target));
          if (condition) f.if(condition, go);
          else go();
        }
      },
      (entry) => lowering.land(entry),
    );
    const { which } = lowering;
    lowering.body(() => addControlFlow(f, blocks, { blocks: flow.entries, which }));
    f.finish(name, { exported: true });
  }
}
