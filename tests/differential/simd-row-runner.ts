import { assert } from "../../src/base/index.ts";
import { STACK_POINTER, state } from "../../src/isa/arm64/state.ts";
import { A64 } from "../../src/isa/arm64/emitter.ts";
import {
  extract,
  type Handler,
  type Lowering,
  type Operand,
  type Routine,
  type StateField,
  type Value,
} from "../../src/isa/index.ts";
import { type FunctionBuilder, ModuleBuilder } from "../../src/wasm/index.ts";
import { CASE_REGISTERS, record, RECORDS, type Records } from "./simd-records.ts";

const TABLES = 0x10000;
const RECORDS_AT = 0x200000;

/** The semantics of handlers, each one Wasm function over a flat memory: no translation, no faults, no engine. */
export class RowRunner {
  private readonly bytes: Uint8Array;
  private readonly ints: Int32Array;
  private readonly functions: ((word: number) => void)[];

  /** For at most so many records at once. */
  constructor(handlers: readonly Handler<A64>[], capacity: number) {
    const module = new ModuleBuilder();
    module.binary.setMemory(1, 65536);
    const shared: Shared = { module, routines: new Set(), tables: new Map(), next: TABLES, data: [] };
    handlers.forEach(({ insn, split }, index) => {
      const f = module.function(["i32"]);
      const fields: Record<string, number | Operand> = {};
      for (const field of insn.pattern.fields) fields[field.name] = split[field.name] ?? { operand: field };
      insn.semantics(new A64(new RowLowering(f, shared)), fields);
      f.finish(`h${index}`, { exported: true });
    });
    assert(shared.next <= RECORDS_AT, "tables end before the records");
    const pages = Math.ceil((RECORDS_AT + capacity * record.bytes) / 65536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536 });
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(module.emit({ optimize: false }) as BufferSource),
      { env: { memory } },
    );
    this.functions = handlers.map((_, i) => instance.exports[`h${i}`] as (word: number) => void);
    this.bytes = new Uint8Array(memory.buffer);
    this.ints = new Int32Array(memory.buffer);
    const view = new DataView(memory.buffer);
    for (const [at, values] of shared.data)
      values.forEach((v, i) => view.setBigUint64(at + 8 * i, BigInt.asUintN(64, v), true));
  }

  /** What becomes of records of the cases, `handlers[i]` the handler of case i. Valid until the next call. */
  run(records: Records, handlers: Uint16Array): Uint8Array {
    const end = RECORDS_AT + records.count * record.bytes;
    this.bytes.set(records.bytes.subarray(0, records.count * record.bytes), RECORDS_AT);
    for (let at = RECORDS_AT, i = 0; at < end; at += record.bytes, i++) {
      this.load(at);
      this.functions[handlers[i]!]!(records.words[i]!);
      this.save(at);
    }
    return this.bytes.subarray(RECORDS_AT, end);
  }

  private load(at: number): void {
    const { bytes, ints } = this;
    bytes.copyWithin(state.v.offset, at + record.v, at + record.v + 512);
    bytes.copyWithin(state.x.offset, at + record.x, at + record.x + 8 * CASE_REGISTERS);
    bytes.copyWithin(stackPointer, at + record.sp, at + record.sp + 8);
    const nzcv = ints[(at + record.nzcv) >> 2]!;
    for (let i = 0; i < 4; i++) bytes[state.flags.offset + i] = (nzcv >>> (31 - i)) & 1;
    ints[state.fpsr.offset >> 2] = ints[(at + record.fpsr) >> 2]!;
    ints[state.fpcr.offset >> 2] = ints[(at + record.fpcr) >> 2]!;
  }

  private save(at: number): void {
    const { bytes, ints } = this;
    bytes.copyWithin(at + record.v, state.v.offset, state.v.offset + 512);
    bytes.copyWithin(at + record.x, state.x.offset, state.x.offset + 8 * CASE_REGISTERS);
    bytes.copyWithin(at + record.sp, stackPointer, stackPointer + 8);
    let nzcv = 0;
    for (let i = 0; i < 4; i++) nzcv |= bytes[state.flags.offset + i]! << (31 - i);
    ints[(at + record.nzcv) >> 2] = nzcv;
    ints[(at + record.fpsr) >> 2] = ints[state.fpsr.offset >> 2]!;
  }
}

const stackPointer = state.x.offset + 8 * STACK_POINTER;

interface Shared {
  readonly module: ModuleBuilder;
  readonly routines: Set<string>;
  readonly tables: Map<string, number>;
  next: number;
  readonly data: [number, bigint[]][];
}

const absent = (): never => {
  throw new Error("not part of a row under test");
};

/** Operands are taken from the instruction word, the function's one parameter. */
class RowLowering implements Lowering {
  constructor(
    private readonly f: FunctionBuilder,
    private readonly shared: Shared,
  ) {}
  constant: Lowering["constant"] = (type, value) => this.f.constant(type, value);
  vector: Lowering["vector"] = (bytes) => this.f.vector(bytes);
  op: Lowering["op"] = (name, ...operands) => this.f.op(name, ...operands);
  private i32 = (n: number): Value => this.f.constant("i32", n);
  known(): undefined {
    return undefined;
  }
  operand({ operand }: Operand): Value {
    const shifted = this.op("i32.shr_u", this.f.param(0), this.i32(operand.lsb));
    return this.op("i32.and", shifted, this.i32(2 ** operand.width - 1));
  }
  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    const bits = operands.reduce((n, o) => n + o.operand.width, 0);
    if (bits > 13) throw new Error("derive: more than 13 bits");
    const values = Array.from({ length: 2 ** bits }, (_, index) => {
      let left = bits;
      return compute(
        ...operands.map((o) => extract(index, { name: "", lsb: (left -= o.operand.width), width: o.operand.width })),
      );
    });
    const key = values.join();
    let at = this.shared.tables.get(key);
    if (at === undefined) {
      at = this.shared.next;
      this.shared.next += 8 * values.length;
      this.shared.tables.set(key, at);
      this.shared.data.push([at, values]);
    }
    let index = this.i32(0);
    for (const o of operands)
      index = this.op("i32.or", this.op("i32.shl", index, this.i32(o.operand.width)), this.operand(o));
    return this.f.load("i64", 64, this.op("i32.shl", index, this.i32(3)), at);
  }
  variable: Lowering["variable"] = (initial) => this.f.variable(initial);
  get: Lowering["get"] = (variable) => this.f.get(variable);
  set: Lowering["set"] = (variable, value) => this.f.set(variable, value);
  if: Lowering["if"] = (condition, then, otherwise) => this.f.if(condition, then, otherwise);
  while: Lowering["while"] = (condition, body) => this.f.while(condition, body);
  select: Lowering["select"] = (condition, a, b) => this.f.select(condition, a, b);

  private element(field: StateField, index: number | Value): { pointer: Value; offset: number } {
    if (typeof index === "number") return { pointer: this.i32(0), offset: field.offset + index * field.size };
    return { pointer: this.op("i32.mul", index, this.i32(field.size)), offset: field.offset };
  }
  read(field: StateField, index: number | Value = 0): Value {
    const { pointer, offset } = this.element(field, index);
    return this.f.load(field.size === 16 ? "v128" : field.size === 8 ? "i64" : "i32", field.size * 8, pointer, offset);
  }
  write(field: StateField, value: Value, index: number | Value = 0): void {
    const { pointer, offset } = this.element(field, index);
    this.f.store(field.size * 8, pointer, value, offset);
  }
  writeFlags(field: StateField, flags: readonly Value[]): void {
    flags.forEach((flag, i) => this.write(field, flag, i));
  }
  flagsOrigin(): undefined {
    return undefined;
  }
  private hostAddress(address: Value): Value {
    const offset = this.op("i32.sub", this.op("i32.wrap_i64", address), this.i32(RECORDS));
    return this.op("i32.add", offset, this.i32(RECORDS_AT));
  }
  load: Lowering["load"] = (bits, address) =>
    this.f.load(bits === 128 ? "v128" : bits === 64 ? "i64" : "i32", bits, this.hostAddress(address));
  store: Lowering["store"] = (bits, address, value) => this.f.store(bits, this.hostAddress(address), value);

  call(routine: Routine<never>, ...args: readonly Value[]): Value {
    if (routine.name.startsWith("raise")) {
      this.f.unreachable();
      return this.i32(0);
    }
    if (!this.shared.routines.has(routine.name)) {
      this.shared.routines.add(routine.name);
      const f = this.shared.module.function(routine.params, routine.result);
      const params = routine.params.map((_, i) => f.param(i));
      const result = (routine as unknown as Routine<A64>).body(new A64(new RowLowering(f, this.shared)), ...params);
      if (result) f.return(result);
      f.finish(routine.name);
    }
    return this.f.call(routine.name, routine.result, ...args)!;
  }
  return: Lowering["return"] = (value) => this.f.return(value);
  resume = (): void => {};
  pc = (): Value => this.f.constant("i64", 0n);

  loadDescriptor = absent;
  storeDescriptor = absent;
  portRead = absent;
  portWrite = absent;
  readPart = absent;
  writePart = absent;
  selectMode = absent;
  host = absent;
  position = absent;
  virtualTimeNs = absent;
  jump = absent;
  branch = absent;
  leave = absent;
  interruptsChanged = absent;
  wait = absent;
  flushTlb = absent;
  selectAddressSpace = absent;
  selectPrivilege = absent;
}
