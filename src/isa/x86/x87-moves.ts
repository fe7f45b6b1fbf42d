import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { insn, type Insn86 } from "./insn.ts";
import type { MemFields } from "./simd.ts";
import { state } from "./state.ts";
import {
  begin,
  C0,
  C2,
  C3,
  commit,
  isEmpty,
  operateAt,
  result,
  rounding,
  setResult,
  signOf,
  st,
  underflow,
} from "./x87.ts";
import {
  DECIMAL_LIMIT,
  DOUBLE,
  INTEGER,
  settleStore,
  SINGLE,
  storeFloat,
  storeInteger,
  storeRefused,
} from "./x87-convert.ts";
import { extended } from "./x87-number.ts";
import { loadExtended, loadMemory } from "./x87-operations.ts";

/** Volume 2: x87's loads and stores. */

const undefinedConditions = C0 | C2 | C3;

const memory = (name: string, opcode: string, run: (e: X86, address: Value) => void): Insn86 =>
  insn(name, opcode as "D9 /0", [], (e, place) => operateAt(e, place as MemFields, (address) => run(e, address)), {
    asm: `${name.split(" ")[0]!.toLowerCase()} rm`,
    place: "memory",
    undefinedConditions,
  });

const load = (name: string, opcode: string, kind: number, bits: 16 | 32 | 64): Insn86 =>
  memory(name, opcode, (e, address) => {
    const value = e.load(bits, address);
    e.call(loadMemory, e.i32(kind), kind === INTEGER ? e.signExtend(64, value, bits) : e.wide(value));
  });

/** Stores what was computed, unless it is refused; nothing has changed before. */
function store(e: X86, pops: number, write: () => void): void {
  e.if(e.eqz(32, storeRefused(e)), write);
  e.call(settleStore, e.i32(pops));
}
const storesFloat = (name: string, opcode: string, kind: number, pops: number): Insn86 =>
  memory(name, opcode, (e, address) => {
    const bits = kind === SINGLE ? 32 : 64;
    const value = e.call(storeFloat, e.i32(kind));
    store(e, pops, () => e.store(bits, address, e.cut(bits, value)));
  });
/** What is no integer of so many bits becomes the least one. */
const storesInteger = (name: string, opcode: string, bits: 16 | 32 | 64, pops: number, truncates = false): Insn86 =>
  memory(name, opcode, (e, address) => {
    const value = e.call(storeInteger, truncates ? e.i32(3) : rounding(e), e.i64(1n << BigInt(bits - 1)));
    const none = e.eq(64, value, e.i64(1n << 63n));
    const integer = bits === 64 ? value : e.select(none, e.i64(1n << BigInt(bits - 1)), value);
    store(e, pops, () => e.store(bits, address, e.cut(bits, integer)));
  });

const INDEFINITE_DECIMAL = { high: 0xffff, low: 0xc000_0000_0000_0000n };
const DIGITS = 18;

/** () → ST(0) as a packed decimal: its low 64 bits; the result's exponent is the rest. */
const storeDecimal: Routine<Emitter> = {
  name: "x87StoreDecimal",
  params: [],
  result: "i64",
  beside: true,
  body(e) {
    const integer = e.call(storeInteger, rounding(e), e.i64(DECIMAL_LIMIT));
    e.if(e.eq(64, integer, e.i64(1n << 63n)), () => {
      e.write(state.fpuResultExponent, e.i32(INDEFINITE_DECIMAL.high));
      e.return(e.i64(INDEFINITE_DECIMAL.low));
    });
    const rest = e.variable(e.select(e.ltS(64, integer, e.i64(0)), e.neg(64, integer), integer));
    const digits = (count: number): Value => {
      const packed = e.variable(e.i64(0));
      const place = e.variable(e.i64(0));
      e.while(
        () => e.ltU(64, e.get(place), e.i64(4 * count)),
        () => {
          const digit = e.op("i64.rem_u", e.get(rest), e.i64(10));
          e.set(packed, e.or(64, e.get(packed), e.shl(64, digit, e.get(place))));
          e.set(rest, e.op("i64.div_u", e.get(rest), e.i64(10)));
          e.set(place, e.add(64, e.get(place), e.i64(4)));
        },
      );
      return e.get(packed);
    };
    const low = digits(16);
    const high = e.wrap(digits(DIGITS - 16));
    e.write(state.fpuResultExponent, e.or(32, high, e.shl(32, signOf(e, st(e, 0)), 15)));
    return low;
  },
};

/** (low 64 bits, the rest): a packed decimal is pushed. */
const loadDecimal: Routine<Emitter> = {
  name: "x87LoadDecimal",
  params: ["i64", "i32"],
  result: undefined,
  beside: true,
  body(e, low, high) {
    const sum = e.variable(e.i64(0));
    const add = (from: Value, count: number): void => {
      const left = e.variable(from);
      const place = e.variable(e.i32(count));
      e.while(
        () => e.get(place),
        () => {
          const digit = e.shrU(64, e.get(left), 60);
          e.set(sum, e.add(64, e.mul(64, e.get(sum), e.i64(10)), digit));
          e.set(left, e.shl(64, e.get(left), 4));
          e.set(place, e.sub(32, e.get(place), e.i32(1)));
        },
      );
    };
    add(e.shl(64, e.zeroExtend(64, high!), 56), DIGITS - 16);
    add(low!, 16);
    e.call(loadMemory, e.i32(INTEGER), e.get(sum));
    // The sign of 0, too; where there was no room there is a NaN.
    const negative = e.and(32, e.shrU(32, high!, 15), e.eqz(32, e.and(32, e.read(state.fpuNoted), e.i32(1))));
    e.if(negative, () => {
      const { head, significand } = st(e, 0);
      setResult(e, extended(e.or(32, head, e.i32(0x8000)), significand));
      begin(e);
      commit(e, 0, 0, 0);
    });
  },
};

/** Where the upper part of ten bytes is. */
const upper = (e: X86, address: Value): Value => e.add(64, address, e.i64(8));

/** () : ST(0) as it is, to be stored. */
const storeExtended: Routine<Emitter> = {
  name: "x87StoreExtended",
  params: [],
  result: undefined,
  beside: true,
  body(e) {
    begin(e);
    e.if(
      isEmpty(e, 0),
      () => underflow(e),
      () => setResult(e, st(e, 0)),
    );
  },
};

export const x87Moves = [
  load("FLD (32 bits)", "D9 /0", SINGLE, 32),
  load("FLD (64 bits)", "DD /0", DOUBLE, 64),
  load("FILD (16 bits)", "DF /0", INTEGER, 16),
  load("FILD (32 bits)", "DB /0", INTEGER, 32),
  load("FILD (64 bits)", "DF /5", INTEGER, 64),
  memory("FLD (80 bits)", "DB /5", (e, address) => {
    const significand = e.load(64, address);
    e.call(loadExtended, e.load(16, upper(e, address)), significand);
  }),
  memory("FBLD", "DF /4", (e, address) => {
    const low = e.load(64, address);
    e.call(loadDecimal, low, e.load(16, upper(e, address)));
  }),
  storesFloat("FST (32 bits)", "D9 /2", SINGLE, 0),
  storesFloat("FSTP (32 bits)", "D9 /3", SINGLE, 1),
  storesFloat("FST (64 bits)", "DD /2", DOUBLE, 0),
  storesFloat("FSTP (64 bits)", "DD /3", DOUBLE, 1),
  memory("FSTP (80 bits)", "DB /7", (e, address) => {
    e.call(storeExtended);
    const { head, significand } = result(e);
    store(e, 1, () => {
      e.store(64, address, significand);
      e.store(16, upper(e, address), e.and(32, head, e.i32(0xffff)));
    });
  }),
  memory("FBSTP", "DF /6", (e, address) => {
    const low = e.call(storeDecimal);
    store(e, 1, () => {
      e.store(64, address, low);
      e.store(16, upper(e, address), e.and(32, e.read(state.fpuResultExponent), e.i32(0xffff)));
    });
  }),
  storesInteger("FIST (16 bits)", "DF /2", 16, 0),
  storesInteger("FISTP (16 bits)", "DF /3", 16, 1),
  storesInteger("FIST (32 bits)", "DB /2", 32, 0),
  storesInteger("FISTP (32 bits)", "DB /3", 32, 1),
  storesInteger("FISTP (64 bits)", "DF /7", 64, 1),
  storesInteger("FISTTP (16 bits)", "DF /1", 16, 1, true),
  storesInteger("FISTTP (32 bits)", "DB /1", 32, 1, true),
  storesInteger("FISTTP (64 bits)", "DD /1", 64, 1, true),
];
