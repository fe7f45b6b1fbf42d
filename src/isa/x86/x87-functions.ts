import type { Emitter, Routine, Value } from "../index.ts";
import { insn, type Insn86 } from "./insn.ts";
import {
  begin,
  BIAS,
  C0,
  C1,
  C2,
  C3,
  commit,
  type Extended,
  exponentOf,
  invalid,
  isEmpty,
  LEAD,
  operate,
  overflow,
  place,
  result,
  setResult,
  setSt,
  settle,
  signOf,
  st,
  underflow,
} from "./x87.ts";
import { arctangent, giveInexact, logarithmOfOneMore, logarithmTimes, powerOfTwo } from "./x87-logarithms.ts";
import { extended, isInfinite, isZero, normalized, refuseSpecialOne } from "./x87-number.ts";
import { type Angle, angleOf } from "./x87-trigonometry.ts";
import { divideFloats } from "./x87-wide.ts";
import { state } from "./state.ts";

/**
 * Volume 2: FSIN, FCOS, FSINCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1. Results are within 0.51 units of the last place of the
 * exact ones to nearest, within 1.01 in other modes; processors have other last bits, each its own.
 */

const waves = ["Sine", "Cosine", "Tangent"] as const;
type WaveName = (typeof waves)[number];

const one = (e: Emitter): Extended => extended(e.i32(BIAS), e.i64(LEAD));

/** (x): one of them becomes the result. */
const functions = Object.fromEntries(
  waves.map((name): [WaveName, Routine<Emitter>] => [
    name,
    {
      name: `x87Give${name}`,
      params: ["i32", "i64"],
      result: undefined,
      beside: true,
      body(e, head, significand) {
        const x = extended(head!, significand!);
        refuseSpecialOne(e, x);
        e.if(isInfinite(e, x), () => {
          invalid(e);
          e.return();
        });
        e.if(isZero(e, x), () => {
          setResult(e, name === "Cosine" ? one(e) : x);
          e.return();
        });
        const number = normalized(e, x);
        const angle: Angle = angleOf(e, signOf(e, x), number.exponent, number.significand);
        if (name === "Tangent") {
          const [sine, cosine] = [angle.sine(), angle.cosine()];
          giveInexact(e, e.xor(32, sine.sign, cosine.sign), divideFloats(e, sine.value, cosine.value));
        } else {
          const { sign, value } = name === "Sine" ? angle.sine() : angle.cosine();
          giveInexact(e, sign, value);
        }
      },
    },
  ]),
) as Record<WaveName, Routine<Emitter>>;

/** A finite number of 2^63 or more: C2 says that nothing was done. */
function tooLarge(e: Emitter, x: Extended): Value {
  const exponent = exponentOf(e, x);
  const large = e.and(32, e.geS(32, exponent, e.i32(BIAS + 63)), e.ltS(32, exponent, e.i32(0x7fff)));
  return e.and(32, large, e.ltS(64, x.significand, e.i64(0)));
}
const tell = (e: Emitter): void => {
  e.write(state.fpuNoted, e.i32(C2));
  settle(e, C1 | C2);
};

const replaceTop = (name: "Sine" | "Cosine"): Routine<Emitter> => ({
  name: `x87Top${name}`,
  params: [],
  result: undefined,
  beside: true,
  body(e) {
    begin(e);
    const x = st(e, 0);
    e.if(
      isEmpty(e, 0),
      () => underflow(e),
      () => {
        e.if(tooLarge(e, x), () => {
          tell(e);
          e.return();
        });
        e.call(functions[name], x.head, x.significand);
      },
    );
    commit(e, 0, 0, C1 | C2);
  },
});

/** FPTAN and FSINCOS: one result in ST(0), and another one is pushed: 1, or the cosine. */
const replaceAndPush = (name: "Sine" | "Tangent"): Routine<Emitter> => ({
  name: `x87Push${name}`,
  params: [],
  result: undefined,
  beside: true,
  body(e) {
    begin(e);
    const x = st(e, 0);
    const second = { head: e.variable(e.i32(0)), significand: e.variable(e.i64(0)) };
    const keep = (): void => {
      const { head, significand } = result(e);
      e.set(second.head, head);
      e.set(second.significand, significand);
    };
    e.if(
      isEmpty(e, 0),
      () => {
        underflow(e);
        keep();
      },
      () => {
        e.if(
          e.eqz(32, isEmpty(e, 7)),
          () => {
            overflow(e);
            keep();
          },
          () => {
            e.if(tooLarge(e, x), () => {
              tell(e);
              e.return();
            });
            if (name === "Sine") {
              e.call(functions.Cosine, x.head, x.significand);
              keep();
            }
            e.call(functions[name], x.head, x.significand);
            if (name === "Tangent") {
              keep();
              const special = e.or(
                32,
                e.eq(32, exponentOf(e, x), e.i32(0x7fff)),
                e.and(32, e.ne(32, exponentOf(e, x), e.i32(0)), e.geS(64, x.significand, e.i64(0))),
              );
              e.if(e.eqz(32, special), () => {
                e.set(second.head, one(e).head);
                e.set(second.significand, one(e).significand);
              });
            }
          },
        );
      },
    );
    e.if(settle(e, C1 | C2), () => {
      setSt(e, 0, result(e));
      setResult(e, extended(e.get(second.head), e.get(second.significand)));
      place(e);
    });
  },
});

/** Of ST(0) and ST(1), to ST(1), with a pop. */
const ofTwo = (name: string, compute: Routine<Emitter>): Routine<Emitter> => ({
  name: `x87${name}`,
  params: [],
  result: undefined,
  beside: true,
  body(e) {
    begin(e);
    const [x, y] = [st(e, 0), st(e, 1)];
    e.if(
      e.or(32, isEmpty(e, 0), isEmpty(e, 1)),
      () => underflow(e),
      () => e.call(compute, x.head, x.significand, y.head, y.significand),
    );
    commit(e, 1, 1);
  },
});
const powerOfTop: Routine<Emitter> = {
  name: "x87PowerOfTop",
  params: [],
  result: undefined,
  beside: true,
  body(e) {
    begin(e);
    const x = st(e, 0);
    e.if(
      isEmpty(e, 0),
      () => underflow(e),
      () => e.call(powerOfTwo, x.head, x.significand),
    );
    commit(e, 0);
  },
};

const row = (name: string, opcode: string, routine: Routine<Emitter>, undefinedConditions: number): Insn86 =>
  insn(name, opcode, [], (e) => operate(e, () => e.call(routine)), {
    asm: name.toLowerCase(),
    undefinedConditions,
    transcendental: true,
  });

const OTHERS = C0 | C3;
export const x87Functions = [
  row("F2XM1", "D9 F0", powerOfTop, OTHERS | C2),
  row("FYL2X", "D9 F1", ofTwo("LogarithmOfTop", logarithmTimes), OTHERS | C2),
  row("FPTAN", "D9 F2", replaceAndPush("Tangent"), OTHERS),
  row("FPATAN", "D9 F3", ofTwo("AngleOfTop", arctangent), OTHERS | C2),
  row("FYL2XP1", "D9 F9", ofTwo("LogarithmOfTopAndOne", logarithmOfOneMore), OTHERS | C2),
  row("FSINCOS", "D9 FB", replaceAndPush("Sine"), OTHERS),
  row("FSIN", "D9 FE", replaceTop("Sine"), OTHERS),
  row("FCOS", "D9 FF", replaceTop("Cosine"), OTHERS),
];
