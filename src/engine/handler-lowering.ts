import { AssertionError } from "../base/index.ts";
import {
  ACCESS_READ,
  ACCESS_UNPRIVILEGED,
  ACCESS_WRITE,
  type AccessBits,
  type AccessOptions,
  type Operand,
  type Value,
  type ValueType,
  type Variable,
} from "../isa/index.ts";
import type { FunctionBuilder } from "../wasm/index.ts";
import {
  CODE_ENTRY_BYTES,
  ENGINE,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_INDEX_SHIFT,
  TLB_READ,
  TLB_WRITE,
} from "./layout.ts";
import { BaseLowering, type BuildContext } from "./lowering.ts";

/** A handler's parameters: the code address of its entry, and the steps left before it. */
export const HANDLER_PARAMS: readonly ValueType[] = ["i32", "i32"];
export const HANDLERS = "handlers";

const valueType = (bits: AccessBits): "i32" | "i64" | "v128" => (bits === 128 ? "v128" : bits === 64 ? "i64" : "i32");

/** The interpreter's meaning of a row: operands are read from the predecoded entry, registers live in memory, a step ends in a tail call. */
export class HandlerLowering extends BaseLowering {
  private readonly budgetLeft: Variable;
  private readonly entry: Value;
  private readonly word: Value;

  constructor(f: FunctionBuilder, context: BuildContext) {
    super(f, context);
    this.entry = f.param(0);
    this.budgetLeft = f.paramVariable(1);
    this.word = f.load("i32", 32, this.entry, 4);
  }

  protected budget(): Value {
    return this.get(this.budgetLeft);
  }
  protected ip(): Value {
    return this.entry;
  }
  protected outside<T>(run: () => T): T {
    this.poke32(ENGINE.ip, this.entry);
    this.poke32(ENGINE.budget, this.get(this.budgetLeft));
    const result = run();
    this.set(this.budgetLeft, this.peek32(ENGINE.budget));
    return result;
  }

  operand({ operand }: Operand): Value {
    const shifted = operand.lsb === 0 ? this.word : this.op("i32.shr_u", this.word, this.constant("i32", operand.lsb));
    if (operand.lsb + operand.width === 32) return shifted;
    return this.op("i32.and", shifted, this.constant("i32", 2 ** operand.width - 1));
  }

  derive(operands: readonly Operand[], compute: (...values: number[]) => bigint): Value {
    let index = this.constant("i32", 0);
    for (const o of operands) {
      const shifted = this.op("i32.shl", index, this.constant("i32", o.operand.width));
      index = this.op("i32.or", shifted, this.operand(o));
    }
    const table = this.context.tables.address(
      operands.map((o) => o.operand),
      compute,
    );
    return this.f.load("i64", 64, this.op("i32.shl", index, this.constant("i32", 3)), table);
  }

  /** Probes a TLB table: whether the whole access lies in one page that it holds, and the access's host address if so. */
  private probe(
    table: number,
    bits: AccessBits,
    address: Value,
    options: AccessOptions,
  ): { hit: Value; host: () => Value } {
    const base = this.peek32(options.unprivileged ? ENGINE.userTlb : ENGINE.tlb);
    const low = this.op("i32.wrap_i64", address);
    // Entry index from address bits 12 up, times the entry's 16 bytes.
    const index = this.op(
      "i32.and",
      this.op("i32.shr_u", low, this.constant("i32", TLB_INDEX_SHIFT)),
      this.constant("i32", (TLB_ENTRIES - 1) * TLB_ENTRY_BYTES),
    );
    const entry = this.op("i32.add", base, index);
    const tag = this.f.load("i64", 64, entry, table);
    const last = bits === 8 ? address : this.op("i64.add", address, this.constant("i64", bits / 8 - 1));
    const page = this.op("i64.and", last, this.constant("i64", -4096));
    return {
      hit: this.op("i64.eq", tag, page),
      host: () => this.op("i32.add", low, this.f.load("i32", 32, entry, table + 8)),
    };
  }

  load(bits: AccessBits, address: Value, options: AccessOptions = {}): Value {
    const type = valueType(bits);
    const access = ACCESS_READ | (options.unprivileged ? ACCESS_UNPRIVILEGED : 0);
    if (options.aligned) this.requireAlignment(bits, address, access);
    const result = this.variable(type === "v128" ? this.vector(new Array<number>(16).fill(0)) : this.constant(type, 0));
    const { hit, host } = this.probe(TLB_READ, bits, address, options);
    this.if(
      hit,
      () => this.set(result, this.f.load(type, bits, host())),
      () => {
        const low = this.callFunction(
          "loadSlow",
          "i64",
          address,
          this.constant("i32", bits / 8),
          this.constant("i32", access),
        );
        this.leaveIfFaulted();
        if (type === "i32") this.set(result, this.op("i32.wrap_i64", low));
        else if (type === "i64") this.set(result, low);
        else this.set(result, this.op("i64x2.replace_lane", this.op("i64x2.splat", low), this.peek64(ENGINE.high), 1));
      },
    );
    return this.get(result);
  }

  store(bits: AccessBits, address: Value, value: Value, options: AccessOptions = {}): void {
    const access = ACCESS_WRITE | (options.unprivileged ? ACCESS_UNPRIVILEGED : 0);
    if (options.aligned) this.requireAlignment(bits, address, access);
    const { hit, host } = this.probe(TLB_WRITE, bits, address, options);
    this.if(
      hit,
      () => this.f.store(bits, host(), value),
      () => {
        const zero = this.constant("i64", 0);
        const [low, high] =
          value.type === "v128"
            ? [this.op("i64x2.extract_lane", value, 0), this.op("i64x2.extract_lane", value, 1)]
            : [value.type === "i32" ? this.op("i64.extend_i32_u", value) : value, zero];
        const bytes = this.constant("i32", bits / 8);
        this.callFunction("storeSlow", undefined, address, bytes, low, high, this.constant("i32", access));
        this.leaveIfFaulted();
      },
    );
  }

  private requireAlignment(bits: AccessBits, address: Value, access: number): void {
    if (bits === 8) return;
    const low = this.op("i32.and", this.op("i32.wrap_i64", address), this.constant("i32", bits / 8 - 1));
    this.if(low, () => {
      this.call(this.context.guest.routines.alignmentAbort, address, this.constant("i32", access));
      this.resume();
    });
  }

  private leaveIfFaulted(): void {
    this.if(this.peek32(ENGINE.fault), () => this.f.tailCall("faulted", this.budgetLeft));
  }

  loadDescriptor(): never {
    throw new AssertionError("only a page walk reads descriptors");
  }

  jump(target: Value): void {
    this.f.tailCall("jump", target, this.budgetLeft);
  }

  branch(displacement: Value): void {
    const pc = this.pc();
    const target = this.op("i64.add", pc, displacement);
    const far = this.op("i64.shr_u", this.op("i64.xor", pc, target), this.constant("i64", 12));
    this.if(
      this.op("i64.eqz", far),
      () => {
        const delta = this.op("i32.shl", this.op("i32.wrap_i64", displacement), this.constant("i32", 1));
        this.continueAt(this.op("i32.add", this.entry, delta));
      },
      () => this.jump(target),
    );
  }

  resume(): void {
    this.f.tailCall("resume", this.budgetLeft);
  }

  /** Ends the step; the next instruction is the next word. */
  next(): void {
    this.continueAt(this.op("i32.add", this.entry, this.constant("i32", CODE_ENTRY_BYTES)));
  }

  private continueAt(entry: Value): void {
    const left = this.op("i32.sub", this.get(this.budgetLeft), this.constant("i32", 1));
    this.if(this.op("i32.eqz", left), () => this.f.tailCall("stopAt", entry));
    this.f.tailCallIndirect(HANDLERS, this.f.load("i32", 32, entry), HANDLER_PARAMS, entry, left);
  }
}
