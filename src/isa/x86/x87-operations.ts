import type { Emitter, Routine, Value } from "../index.ts";
import { state } from "./state.ts";
import {
  begin,
  C0,
  C1,
  C2,
  C3,
  commit,
  CONDITIONS,
  DE,
  type Extended,
  exponentOf,
  isEmpty,
  LEAD,
  note,
  overflow,
  physical,
  place,
  pop,
  popTimes,
  push,
  result,
  rounding,
  setResult,
  setSt,
  settle,
  SF,
  st,
  underflow,
} from "./x87.ts";
import { arithmetic, COM, COMP, squareRoot } from "./x87-arithmetic.ts";
import { compare, widen } from "./x87-convert.ts";
import { extended } from "./x87-number.ts";
import { extract, fromSize, QUOTIENT, remainder, roundToInteger, scale } from "./x87-remainder.ts";

/** Instructions of x87, as far as they are neither decoding nor memory: each a routine. */

const routine = (
  name: string,
  params: Routine<Emitter>["params"],
  body: (e: Emitter, ...values: Value[]) => void,
): Routine<Emitter> => ({ name: `x87${name}`, params, result: undefined, beside: true, body });

/** Does what it is told if ST(0), and ST(n) if there is one, are there; else the result is a NaN. */
function withOperands(e: Emitter, others: readonly (Value | number)[], then: () => void): void {
  const missing = others.map((n) => isEmpty(e, n)).reduce((a, b) => e.or(32, a, b), isEmpty(e, 0));
  e.if(missing, () => underflow(e), then);
}

/** C1, where the stack was at fault. */
const stackFault = (e: Emitter): Value => e.select(e.and(32, e.read(state.fpuNoted), e.i32(SF)), e.i32(C1), e.i32(0));

const UNORDERED = C0 | C2 | C3;
/** Conditions are written whatever is masked. */
function settleComparison(e: Emitter, conditions: Value, pops: Value): void {
  const done = settle(e);
  const others = e.and(32, e.read(state.fpuStatus), e.i32(~UNORDERED));
  e.write(state.fpuStatus, e.or(32, others, conditions));
  e.if(done, () => popTimes(e, pops));
}

/** (operation, kind, encoding): ST(0) op what memory has. */
export const withMemory = routine("WithMemory", ["i32", "i32", "i64"], (e, op, kind, bits) => {
  begin(e);
  const compares = e.eq(32, e.shrU(32, op!, 1), e.i32(COM >> 1));
  const conditions = e.variable(e.i32(UNORDERED));
  withOperands(e, [], () => {
    e.call(widen, kind!, bits!);
    const b = result(e);
    e.if(
      compares,
      () => e.set(conditions, compare(e, e.i32(0), st(e, 0), b)),
      () => arithmetic(e, op!, st(e, 0), b),
    );
  });
  e.if(
    compares,
    () => settleComparison(e, e.get(conditions), e.and(32, op!, e.i32(COMP & 1))),
    () => commit(e, 0),
  );
});

/** (operation, n, destination, pops): ST(0) op ST(n). */
export const withRegister = routine("WithRegister", ["i32", "i32", "i32", "i32"], (e, op, n, destination, pops) => {
  begin(e);
  withOperands(e, [n!], () => arithmetic(e, op!, st(e, 0), st(e, n!)));
  commit(e, destination!, pops!);
});

/** (n, quiet, pops) */
export const compareRegister = routine("CompareRegister", ["i32", "i32", "i32"], (e, n, quiet, pops) => {
  begin(e);
  const conditions = e.variable(e.i32(UNORDERED));
  withOperands(e, [n!], () => e.set(conditions, compare(e, quiet!, st(e, 0), st(e, n!))));
  settleComparison(e, e.get(conditions), pops!);
});

/** (n, quiet, pops) → i32: CF, PF and ZF as C0, C2 and C3, whatever is masked. */
export const compareFlags: Routine<Emitter> = {
  name: "x87CompareFlags",
  params: ["i32", "i32", "i32"],
  result: "i32",
  beside: true,
  body(e, n, quiet, pops) {
    begin(e);
    const flags = e.variable(e.i32(UNORDERED));
    withOperands(e, [n!], () => e.set(flags, compare(e, quiet!, st(e, 0), st(e, n!))));
    e.if(settle(e, stackFault(e)), () => popTimes(e, pops!));
    return e.get(flags);
  },
};

/** () : ST(0) beside 0. */
export const test = routine("Test", [], (e) => {
  begin(e);
  const conditions = e.variable(e.i32(UNORDERED));
  const zero = extended(e.i32(0), e.i64(0));
  withOperands(e, [], () => e.set(conditions, compare(e, e.i32(0), st(e, 0), zero)));
  settleComparison(e, e.get(conditions), e.i32(0));
});

/** What is pushed, if there is room. */
function pushed(e: Emitter, then: () => void): void {
  begin(e);
  e.if(e.eqz(32, isEmpty(e, 7)), () => overflow(e), then);
  // What is denormal is loaded all the same.
  const denormal = e.and(32, e.read(state.fpuNoted), e.i32(DE));
  e.if(
    denormal,
    () => {
      settle(e);
      place(e);
    },
    () => push(e),
  );
}
/** (kind, encoding) */
export const loadMemory = routine("LoadMemory", ["i32", "i64"], (e, kind, bits) =>
  pushed(e, () => {
    e.call(widen, kind!, bits!);
    // A signalling NaN comes quiet.
    const { head, significand } = result(e);
    const nan = e.and(32, e.eq(32, exponentOf(e, { head, significand }), e.i32(0x7fff)), e.i32(1));
    const signalling = e.and(32, nan, e.eqz(64, e.and(64, significand, e.i64(1n << 62n))));
    e.if(e.and(32, signalling, e.ne(64, significand, e.i64(LEAD))), () => {
      note(e, 1);
      setResult(e, extended(head, e.or(64, significand, e.i64(1n << 62n))));
    });
  }),
);
/** (sign and exponent, significand) */
export const loadExtended = routine("LoadExtended", ["i32", "i64"], (e, head, significand) =>
  pushed(e, () => setResult(e, extended(e.and(32, head!, e.i32(0xffff)), significand!))),
);
/** (exponent, significand cut off, 1 where the next larger one is nearer) */
export const loadConstant = routine("LoadConstant", ["i32", "i64", "i32"], (e, head, significand, nearer) =>
  pushed(e, () => {
    const mode = rounding(e);
    const up = e.or(32, e.eq(32, mode, e.i32(2)), e.and(32, e.eqz(32, mode), nearer!));
    setResult(e, extended(head!, e.add(64, significand!, e.zeroExtend(64, up))));
  }),
);
/** (n) */
export const loadRegister = routine("LoadRegister", ["i32"], (e, n) => {
  begin(e);
  e.if(
    isEmpty(e, n!),
    () => underflow(e),
    () =>
      e.if(
        isEmpty(e, 7),
        () => setResult(e, st(e, n!)),
        () => overflow(e),
      ),
  );
  push(e);
});

/** (n, pops): ST(0) to ST(n). */
export const storeRegister = routine("StoreRegister", ["i32", "i32"], (e, n, pops) => {
  begin(e);
  withOperands(e, [], () => setResult(e, st(e, 0)));
  commit(e, n!, pops!);
});

/** (n): the same with a pop, but nothing comes of a register that is empty. */
export const storeQuietly = routine("StoreQuietly", ["i32"], (e, n) => {
  begin(e);
  settle(e);
  e.if(e.eqz(32, isEmpty(e, 0)), () => setSt(e, n!, st(e, 0)));
  pop(e);
});

/** (n) */
export const free = routine("Free", ["i32"], (e, n) => {
  begin(e);
  settle(e);
  e.write(state.fpuEmpty, e.i32(1), physical(e, n!));
});

/** (n) */
export const exchange = routine("Exchange", ["i32"], (e, n) => {
  begin(e);
  const empty = [isEmpty(e, 0), isEmpty(e, n!)] as const;
  const [a, b] = [st(e, 0), st(e, n!)];
  e.if(e.or(32, ...empty), () => underflow(e));
  const nan = { head: e.i32(0xffff), significand: e.i64(0xc000_0000_0000_0000n) };
  const pick = (none: Value, one: Extended): Extended =>
    extended(e.select(none, nan.head, one.head), e.select(none, nan.significand, one.significand));
  e.if(settle(e), () => {
    setSt(e, n!, pick(empty[0], a));
    setSt(e, 0, pick(empty[1], b));
  });
});

/** (n, condition) */
export const moveIf = routine("MoveIf", ["i32", "i32"], (e, n, condition) => {
  begin(e);
  withOperands(e, [n!], () => {
    const [a, b] = [st(e, n!), st(e, 0)];
    setResult(e, extended(e.select(condition!, a.head, b.head), e.select(condition!, a.significand, b.significand)));
  });
  commit(e, 0, 0, stackFault(e));
});

/** (what becomes of the sign: bits that stay, bits that are flipped) */
export const changeSign = routine("ChangeSign", ["i32", "i32"], (e, kept, flipped) => {
  begin(e);
  withOperands(e, [], () => {
    const { head, significand } = st(e, 0);
    setResult(e, extended(e.xor(32, e.and(32, head, kept!), flipped!), significand));
  });
  commit(e, 0);
});

const unary = (name: string, on: Routine<Emitter>): Routine<Emitter> =>
  routine(name, [], (e) => {
    begin(e);
    withOperands(e, [], () => {
      const a = st(e, 0);
      e.call(on, a.head, a.significand);
    });
    commit(e, 0);
  });
export const root = unary("Root", squareRoot);
export const toInteger = unary("ToInteger", roundToInteger);

/** (1: to nearest) */
export const partialRemainder = routine("PartialRemainder", ["i32"], (e, nearest) => {
  begin(e);
  withOperands(e, [1], () => {
    const [a, b] = [st(e, 0), st(e, 1)];
    e.call(remainder, nearest!, a.head, a.significand, b.head, b.significand);
  });
  const quotient = e.and(32, e.read(state.fpuNoted), e.i32(QUOTIENT));
  commit(e, 0, 0, e.select(quotient, e.i32(CONDITIONS), e.i32(C1 | C2)));
});

export const scaleTop = routine("ScaleTop", [], (e) => {
  begin(e);
  withOperands(e, [1], () => {
    const [a, b] = [st(e, 0), st(e, 1)];
    e.call(scale, a.head, a.significand, b.head, b.significand);
  });
  commit(e, 0);
});

/** ST(0) becomes its exponent, and its significand is pushed. */
export const extractTop = routine("ExtractTop", [], (e) => {
  begin(e);
  const exponent = e.variable(e.i32(0x8000));
  const a = st(e, 0);
  e.if(
    isEmpty(e, 0),
    () => underflow(e),
    () =>
      e.if(
        e.eqz(32, isEmpty(e, 7)),
        () => overflow(e),
        () => e.set(exponent, e.call(extract, a.head, a.significand)),
      ),
  );
  const significand = result(e);
  e.if(settle(e), () => {
    const number = e.get(exponent);
    e.if(
      e.eq(32, number, e.i32(0x8000)),
      () => {
        const infinite = e.eq(64, significand.significand, e.i64(LEAD));
        const zero = e.eqz(64, significand.significand);
        const head = e.select(zero, e.i32(0xffff), e.select(infinite, e.i32(0x7fff), significand.head));
        setSt(e, 0, extended(head, e.select(e.or(32, zero, infinite), e.i64(LEAD), significand.significand)));
      },
      () => {
        const sign = e.shrU(32, number, 31);
        const size = e.op("i64.extend_i32_s", e.select(sign, e.neg(32, number), number));
        e.if(
          number,
          () => setSt(e, 0, fromSize(e, sign, size)),
          () => setSt(e, 0, extended(e.i32(0), e.i64(0))),
        );
      },
    );
    setResult(e, significand);
    begin(e);
    note(e, e.and(32, e.read(state.fpuStatus), e.i32(C1)));
    push(e);
  });
});
