import binaryen from "binaryen";
import type { ValueType } from "../isa/index.ts";
import { FunctionBuilder } from "./function.ts";
import { typeOf, typesOf } from "./types.ts";

/** The features that current Chrome, Firefox and Safari all ship. `Features.All` emits what no browser loads. */
const FEATURES =
  binaryen.Features.MutableGlobals |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.SIMD128 |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SignExt |
  binaryen.Features.TailCall;

/** A Wasm module in the making, over an imported memory `env.memory`. */
export class ModuleBuilder {
  readonly binary = new binaryen.Module();
  private readonly segments: { offset: number; data: Uint8Array }[] = [];

  constructor() {
    this.binary.setFeatures(FEATURES);
    this.memory([]);
  }

  private memory(segments: readonly { offset: number; data: Uint8Array }[]): void {
    const m = this.binary;
    m.setMemory(
      1,
      65536,
      null,
      segments.map(({ offset, data }) => ({ offset: m.i32.const(offset), data, passive: false })),
    );
    m.addMemoryImport("0", "env", "memory");
  }

  function(params: readonly ValueType[], result?: ValueType): FunctionBuilder {
    return new FunctionBuilder(this.binary, params, result);
  }

  /** A function of the host, `host.<name>`. */
  importFunction(name: string, params: readonly ValueType[], result?: ValueType): void {
    this.binary.addFunctionImport(name, "host", name, typesOf(params), typeOf(result));
  }

  /** Bytes that engines ignore. */
  customSection(name: string, bytes: Uint8Array): void {
    this.binary.addCustomSection(name, bytes);
  }

  /** Constant data at a fixed address. */
  data(offset: number, data: Uint8Array): void {
    this.segments.push({ offset, data });
  }

  /** A table of functions with room for `slots`, exported under its name. */
  table(name: string, functions: readonly string[], slots: number): void {
    this.binary.addTable(name, slots, slots);
    this.binary.addActiveElementSegment(name, `${name}-elements`, [...functions], this.binary.i32.const(0));
    this.binary.addTableExport(name, name);
  }

  /** Gives the binary, validated and optimised if asked: slow, and for ahead of time only; V8 validates all that it compiles. */
  emit(options: { readonly optimize: boolean }): Uint8Array<ArrayBuffer> {
    const m = this.binary;
    this.memory(this.segments);
    if (options.optimize) {
      if (!m.validate()) throw new Error("the generated module is not valid");
      binaryen.setOptimizeLevel(2);
      binaryen.setShrinkLevel(0);
      m.optimize();
    }
    const bytes = new Uint8Array(m.emitBinary());
    m.dispose();
    return bytes;
  }

  text(): string {
    return this.binary.emitText();
  }
}
