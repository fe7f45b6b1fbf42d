import { assert } from "../../base/index.ts";
import {
  bindFields,
  type Emitter,
  enumerateHandlers,
  findOverlaps,
  type Guest,
  type Handler,
  type Routine,
  type Row,
  type ValueType,
} from "../../isa/index.ts";
import { ModuleBuilder } from "../../wasm/index.ts";
import { formOf } from "../code/form-of.ts";
import { DerivedTables } from "./derived-tables.ts";
import { fingerprint } from "./fingerprint.ts";
import { defineFootprint } from "../memory/footprint.ts";
import { HANDLER_PARAMS, HandlerLowering, HANDLERS } from "./handler-lowering.ts";
import { SOURCES_SECTION } from "../regions/kept-translations.ts";
import { FIRST_HANDLER, HANDLER_SLOTS } from "../layout.ts";
import { type BuildContext, routineName } from "./lowering.ts";
import { RoutineLowering } from "./routine-lowering.ts";
import { defineHash } from "../memory/hash.ts";
import { defineControl } from "./control.ts";
import { defineFetch } from "./fetch.ts";
import { defineOwnHandlers } from "./own-handlers.ts";
import { defineLoads } from "../memory/load.ts";
import { defineRegionExits } from "../regions/runtime.ts";
import { defineStores } from "../memory/store.ts";
import { defineTlb } from "../memory/tlb.ts";
import { definePageWalk } from "../memory/page-walk.ts";
import { defineWriteGate } from "../memory/write-gate.ts";
import { Runtime } from "./runtime.ts";

export interface InterpreterBuild {
  readonly wasm: Uint8Array;
  readonly handlers: number;
}

type AnyHandler = Handler<Emitter, Row<Emitter>>;

const MAX_HANDLERS = 4000;
const MAX_BYTES = 3 * 1024 * 1024;

/** Functions that decode for the interpreter: see engine/code/predecode.ts. */
const WORD_FUNCTIONS = { decodeEntry: { params: ["i32"], result: undefined } } as const;
const RUN_FUNCTIONS = {
  decodeRun: { params: ["i32", "i32"], result: "i32" },
  decodeStraddler: { params: ["i32", "i32"], result: "i32" },
} as const;

interface HostFunction {
  readonly params: readonly ValueType[];
  readonly result?: ValueType | undefined;
}

/** Those of a guest that has ports. */
const PORT_FUNCTIONS = {
  portRead: { params: ["i32", "i32"], result: "i32" },
  portWrite: { params: ["i32", "i32", "i32"], result: undefined },
} as const;

/** Functions of engine/cpu.ts that the interpreter calls, and those of the guest's board. */
const hostFunctions = (guest: Guest): Readonly<Record<string, HostFunction>> => ({
  mmioRead: { params: ["f64", "i32"], result: "i32" },
  mmioWrite: { params: ["f64", "i32", "i32"] },
  firstWrite: { params: ["i32"] },
  watch: { params: ["i64", "i32", "i32"], result: "i32" },
  watchedPage: { params: ["i64"], result: "i32" },
  allocateCode: { params: ["i32"], result: "i32" },
  fetched: { params: ["f64", "i32"] },
  notFetched: { params: ["i64"] },
  ...(guest.code ? RUN_FUNCTIONS : WORD_FUNCTIONS),
  hot: { params: ["i32"] },
  codeWritten: { params: ["i32", "i32", "i32"] },
  breakpointHit: { params: ["i64"], result: "i32" },
  stopsAt: { params: ["i64"], result: "i32" },
  ...(guest.ports && PORT_FUNCTIONS),
  ...guest.host,
});

/** Generates a guest's interpreter. Slow (seconds) when optimised: done ahead of time, shipped as an asset. */
export function buildInterpreter(
  guest: Guest,
  options: { readonly optimize: boolean; /** Says which ones it is made from. */ readonly sources?: string },
): InterpreterBuild {
  const { sources = "" } = options;
  for (const [a, b] of guest.code ? [] : findOverlaps(guest.instructions)) {
    throw new Error(
      `patterns overlap outside a group: ${a.name} "${a.pattern.text}" and ${b.name} "${b.pattern.text}"`,
    );
  }
  const module = new ModuleBuilder();
  const handlers = enumerateHandlers<Emitter, Row<Emitter>>(guest.instructions);
  const context: BuildContext = {
    guest,
    form: formOf(guest),
    tables: new DerivedTables(),
    firstRegionSlot: FIRST_HANDLER + handlers.length,
    routines: new Set<Routine<never>>([...Object.values(guest.routines), ...guest.entries, guest.flags.evaluate]),
  };
  for (const [name, { params, result }] of Object.entries(hostFunctions(guest))) {
    module.importFunction(name, params, result);
  }

  const runtime = new Runtime(module, context);
  runtime.define("fingerprint", [], "i32", (e) => e.return(e.i32(fingerprint(guest, handlers))));
  defineTlb(runtime);
  definePageWalk(runtime);
  defineFootprint(runtime);
  defineLoads(runtime);
  defineStores(runtime);
  defineWriteGate(runtime);
  defineControl(runtime);
  defineFetch(runtime);
  defineOwnHandlers(runtime);
  defineRegionExits(runtime);
  defineHash(runtime);

  const functions = ["decode", "pageEnd", "breakpoint", "undefined"];
  assert(functions.length === FIRST_HANDLER, "the fixed handlers");
  buildHandler(module, context, { insn: guest.undefinedInstruction, split: {} }, "undefined");
  handlers.forEach((handler, i) => {
    const name = `h${i}`;
    buildHandler(module, context, handler, name);
    functions.push(name);
  });
  // A routine may call routines that are not in the set yet; the set's iteration comes to them too.
  for (const routine of context.routines) buildRoutine(module, context, routine);
  module.table(HANDLERS, functions, HANDLER_SLOTS);
  for (const { offset, data } of context.tables.segments) module.data(offset, data);

  if (sources !== "") module.customSection(SOURCES_SECTION, new TextEncoder().encode(sources));
  const wasm = module.emit(options);
  assert(functions.length <= MAX_HANDLERS, `${functions.length} handlers, at most ${MAX_HANDLERS}`);
  if (options.optimize)
    assert(wasm.length <= MAX_BYTES, `the interpreter has ${wasm.length} bytes, at most ${MAX_BYTES}`);
  return { wasm, handlers: functions.length };
}

function buildRoutine(module: ModuleBuilder, context: BuildContext, routine: Routine<never>): void {
  const f = module.function(routine.params, routine.result);
  const emitter = context.guest.emitter(new RoutineLowering(f, context, routine));
  const result = routine.body(emitter as never, ...routine.params.map((_, i) => f.param(i)));
  if (result) f.return(result);
  f.finish(routineName(routine), { exported: true });
}

function buildHandler(module: ModuleBuilder, context: BuildContext, { insn, split }: AnyHandler, name: string): void {
  const f = module.function(HANDLER_PARAMS);
  const lowering = new HandlerLowering(f, context);
  try {
    insn.semantics(context.guest.emitter(lowering), bindFields(insn, split));
  } catch (error) {
    throw new Error(`${insn.name} ${JSON.stringify(split)}: ${(error as Error).message}`, { cause: error });
  }
  lowering.next();
  f.finish(name);
}
