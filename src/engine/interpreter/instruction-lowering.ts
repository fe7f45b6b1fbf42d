import {
  ACCESS_READ,
  ACCESS_UNIT_LSB,
  ACCESS_UNPRIVILEGED,
  ACCESS_WRITE,
  type AccessBits,
  type AccessOptions,
  type Value,
} from "../../isa/index.ts";
import { ENGINE, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_INDEX_SHIFT, TLB_READ, TLB_WRITE } from "../layout.ts";
import { BaseLowering } from "./lowering.ts";

/** A guest access with the answer of the software TLB. */
export interface Probe {
  readonly bits: AccessBits;
  readonly address: Value;
  /** ACCESS_* */
  readonly access: number;
  /** i32: the whole access lies in one page that the TLB holds. */
  readonly hit: Value;
  /** The access's address in the linear memory; only after a hit. */
  host(): Value;
}

export const valueType = (bits: AccessBits): "i32" | "i64" | "v128" =>
  bits === 128 ? "v128" : bits === 64 ? "i64" : "i32";

/** What the interpreter's handlers and translated regions have in common: access to guest memory inside a step. */
export abstract class InstructionLowering extends BaseLowering {
  protected abstract finishLoad(probe: Probe): Value;
  protected abstract finishStore(probe: Probe, value: Value): void;

  load(bits: AccessBits, address: Value, options: AccessOptions = {}): Value {
    return this.finishLoad(this.probe(ACCESS_READ, bits, address, options));
  }

  store(bits: AccessBits, address: Value, value: Value, options: AccessOptions = {}): void {
    this.finishStore(this.probe(ACCESS_WRITE, bits, address, options), value);
  }

  /** Address of the tables for the privilege in use. */
  protected tlbInUse(): Value {
    return this.peek32(ENGINE.tlb);
  }

  /** What valid tags have in their low bits. */
  protected generation(): Value {
    return this.peek64(ENGINE.generation);
  }

  private probe(kind: number, bits: AccessBits, address: Value, options: AccessOptions): Probe {
    const unit = options.unit && options.unit !== bits ? 29 - Math.clz32(options.unit) : 0;
    const access = kind | (options.unprivileged ? ACCESS_UNPRIVILEGED : 0) | (unit << ACCESS_UNIT_LSB);
    if (options.aligned && bits > 8) this.requireAlignment(bits, address, access);
    const table = kind === ACCESS_WRITE ? TLB_WRITE : TLB_READ;
    const base = options.unprivileged ? this.peek32(ENGINE.userTlb) : this.tlbInUse();
    const low = this.op("i32.wrap_i64", address);
    const index = this.op(
      "i32.and",
      this.op("i32.shr_u", low, this.constant("i32", TLB_INDEX_SHIFT)),
      this.constant("i32", (TLB_ENTRIES - 1) * TLB_ENTRY_BYTES),
    );
    const entry = this.op("i32.add", base, index);
    const tag = this.f.load("i64", 64, entry, table);
    const last = bits === 8 ? address : this.op("i64.add", address, this.constant("i64", bits / 8 - 1));
    const page = this.op("i64.or", this.op("i64.and", last, this.constant("i64", -4096)), this.generation());
    return {
      bits,
      address,
      access,
      hit: this.op("i64.eq", tag, page),
      host: () => this.op("i32.add", low, this.f.load("i32", 32, entry, table + 8)),
    };
  }

  private requireAlignment(bits: AccessBits, address: Value, access: number): void {
    const low = this.op("i32.and", this.op("i32.wrap_i64", address), this.constant("i32", bits / 8 - 1));
    this.if(low, () => {
      this.call(this.context.guest.routines.alignmentAbort, address, this.constant("i32", access));
      this.resume();
    });
  }
}
