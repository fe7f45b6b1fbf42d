import type { Emitter, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { insn, type Insn86 } from "./insn.ts";
import { addressOf, type MemFields } from "./simd.ts";
import { RAX, state } from "./state.ts";
import { CR0, plainSegments, systemMask } from "./system-state.ts";
import { C0, C1, C2, C3, type Extended, exponentOf, MAX_EXPONENT, setSt, st } from "./x87.ts";
import { enterWithoutWaiting, enterX87, loadStatus, PENDING, setControl, waitForX87 } from "./x87-pending.ts";

/** Volume 2: x87's control instructions. */

const MASKS = 0x3f;
const EXCEPTIONS = 0xff;
const undefinedConditions = C0 | C1 | C2 | C3;

function initialize(e: Emitter): void {
  e.write(state.fpuControl, e.i32(0x37f));
  e.write(state.fpuStatus, e.i32(0));
  e.write(state.fpuOpcode, e.i32(0));
  for (const n of [0, 1]) {
    e.write(state.fpuPointers, e.i64(0), n);
    e.write(state.fpuSelectors, e.i32(0), n);
  }
  for (let n = 0; n < 8; n++) e.write(state.fpuEmpty, e.i32(1), n);
}
const initializeAll: Routine<Emitter> = {
  name: "x87Initialize",
  params: [],
  result: undefined,
  beside: true,
  body: initialize,
};

/** Tags of two bits: valid, zero, special, empty. */
function tagWord(e: Emitter): Value {
  let word = e.i32(0);
  for (let n = 0; n < 8; n++) {
    const a: Extended = { head: e.read(state.exponent, n), significand: e.read(state.significand, n) };
    const exponent = exponentOf(e, a);
    const zero = e.and(32, e.eqz(32, exponent), e.eqz(64, a.significand));
    const odd = e.or(32, e.eqz(32, exponent), e.eq(32, exponent, e.i32(MAX_EXPONENT)));
    const special = e.or(32, odd, e.geS(64, a.significand, e.i64(0)));
    const full = e.select(zero, e.i32(1), e.shl(32, special, 1));
    word = e.or(32, word, e.shl(32, e.select(e.read(state.fpuEmpty, n), e.i32(3), full), 2 * n));
  }
  return word;
}

/** How the pointers stand in seven words of 16 or 32 bits. Volume 1, 8.1.10. */
interface Pointers {
  readonly words: readonly [Value, Value, Value, Value];
}
function pointers(e: Emitter, wide: boolean): Pointers {
  const opcode = e.and(32, e.read(state.fpuOpcode), e.i32(0x7ff));
  const [ip, dp] = [0, 1].map((n) => e.wrap(e.read(state.fpuPointers, n)));
  const [cs, ds] = [0, 1].map((n) => e.read(state.fpuSelectors, n));
  const linear = (offset: Value, selector: Value): Value => e.add(32, offset, e.shl(32, selector, 4));
  const [ipLinear, dpLinear] = [linear(ip!, cs!), linear(dp!, ds!)];
  const real = plainSegments(e);
  const low = (value: Value): Value => e.and(32, value, e.i32(0xffff));
  const high = (value: Value): Value =>
    wide ? e.and(32, e.shrU(32, value, 4), e.i32(0x0fff_f000)) : e.and(32, e.shrU(32, value, 4), e.i32(0xf000));
  const protectedCs = wide ? e.or(32, cs!, e.shl(32, opcode, 16)) : cs!;
  const pick = (plain: Value, own: Value): Value => e.select(real, plain, own);
  return {
    words: [
      pick(low(ipLinear), ip!),
      pick(e.or(32, high(ipLinear), opcode), protectedCs),
      pick(low(dpLinear), dp!),
      pick(high(dpLinear), wide ? e.or(32, ds!, e.i32(-0x1_0000)) : ds!),
    ],
  };
}

const environment = (wide: boolean): Routine<Emitter> => ({
  name: `x87StoreEnvironment${wide ? 32 : 16}`,
  params: ["i64"],
  result: undefined,
  accesses: true,
  body(e, address) {
    const upper = e.i32(wide ? -0x1_0000 : 0);
    const words = [e.read(state.fpuControl), e.read(state.fpuStatus), tagWord(e)].map((word) => e.or(32, word, upper));
    [...words, ...pointers(e, wide).words].forEach((word, n) => {
      const at = e.add(64, address!, e.i64((wide ? 4 : 2) * n));
      if (wide) e.store(32, at, word);
      else e.store(16, at, e.and(32, word, e.i32(0xffff)));
    });
  },
});
const storeEnvironment = [environment(false), environment(true)] as const;
const bytesOf = (wide: boolean): number => (wide ? 28 : 14);

/** All is read before anything is written. `more` is read before that, too. */
function loadEnvironment(e: Emitter, wide: boolean, address: Value, more: () => void = () => {}): void {
  const size = wide ? 4 : 2;
  const words = Array.from({ length: 7 }, (_, n) => {
    const at = e.add(64, address, e.i64(size * n));
    return wide ? e.load(32, at) : e.load(16, at);
  });
  const [control, status, tags, ip, cs, dp, ds] = words as [Value, Value, Value, Value, Value, Value, Value];
  more();
  const low = (value: Value): Value => e.and(32, value, e.i32(0xffff));
  loadStatus(e, low(status));
  for (let n = 0; n < 8; n++)
    e.write(state.fpuEmpty, e.eq(32, e.and(32, e.shrU(32, tags, 2 * n), e.i32(3)), e.i32(3)), n);
  setControl(e, control);
  const real = plainSegments(e);
  const mask = wide ? 0x0fff_f000 : 0xf000;
  const linear = (offset: Value, high: Value): Value =>
    e.or(32, low(offset), e.shl(32, e.and(32, high, e.i32(mask)), 4));
  const set = (n: number, offset: Value, selector: Value): void => {
    e.write(state.fpuPointers, e.zeroExtend(64, e.select(real, linear(offset, selector), offset)), n);
    e.write(state.fpuSelectors, e.select(real, e.i32(0), low(selector)), n);
  };
  set(0, ip, cs);
  set(1, dp, ds);
  const opcode = e.select(real, cs, wide ? e.shrU(32, cs, 16) : e.read(state.fpuOpcode));
  e.write(state.fpuOpcode, e.and(32, opcode, e.i32(0x7ff)));
}
const environmentLoads = [false, true].map((wide): Routine<Emitter> => ({
  name: `x87LoadEnvironment${wide ? 32 : 16}`,
  params: ["i64"],
  result: undefined,
  accesses: true,
  body: (e, address) => loadEnvironment(e, wide, address!),
}));

/** Registers behind the environment, ten bytes each. */
const registerAt = (e: Emitter, wide: boolean, address: Value, n: number): Value =>
  e.add(64, address, e.i64(bytesOf(wide) + 10 * n));
const saves = [false, true].map((wide): Routine<Emitter> => ({
  name: `x87Save${wide ? 32 : 16}`,
  params: ["i64"],
  result: undefined,
  accesses: true,
  body(e, address) {
    e.call(storeEnvironment[wide ? 1 : 0], address!);
    for (let n = 0; n < 8; n++) {
      const { head, significand } = st(e, n);
      const at = registerAt(e, wide, address!, n);
      e.store(64, at, significand);
      e.store(16, e.add(64, at, e.i64(8)), head);
    }
    initialize(e);
  },
}));
const restores = [false, true].map((wide): Routine<Emitter> => ({
  name: `x87Restore${wide ? 32 : 16}`,
  params: ["i64"],
  result: undefined,
  accesses: true,
  body(e, address) {
    const numbers: Extended[] = [];
    loadEnvironment(e, wide, address!, () => {
      for (let n = 0; n < 8; n++) {
        const at = registerAt(e, wide, address!, n);
        numbers.push({ significand: e.load(64, at), head: e.load(16, e.add(64, at, e.i64(8))) });
      }
    });
    const empty = Array.from({ length: 8 }, (_, n) => e.read(state.fpuEmpty, n));
    numbers.forEach((number, n) => setSt(e, n, number));
    empty.forEach((one, n) => e.write(state.fpuEmpty, one, n));
  },
}));

/** With the operand size, which decides on the layout. */
const sized = (
  name: string,
  opcode: string,
  waits: boolean,
  run: (e: X86, wide: 0 | 1, address: Value) => void,
): Insn86 =>
  insn(
    name,
    opcode as "D9 /4",
    ["size"],
    (e, { size, ...place }) => {
      if (waits) enterX87(e);
      else enterWithoutWaiting(e);
      run(e, size === 16 ? 0 : 1, addressOf(e, place as MemFields));
    },
    { asm: `${name.toLowerCase()} rm`, place: "memory" },
  );

const withoutWaiting = (name: string, opcode: string, run: (e: X86) => void, undefinedBits = 0): Insn86 =>
  insn(
    name,
    opcode,
    [],
    (e) => {
      enterWithoutWaiting(e);
      run(e);
    },
    { asm: name.toLowerCase(), undefinedConditions: undefinedBits },
  );

export const x87Control = [
  sized("FLDENV", "D9 /4", true, (e, wide, address) => e.call(environmentLoads[wide]!, address)),
  sized("FNSTENV", "D9 /6", false, (e, wide, address) => {
    e.call(storeEnvironment[wide], address);
    setControl(e, e.or(32, e.read(state.fpuControl), e.i32(MASKS)));
  }),
  sized("FRSTOR", "DD /4", true, (e, wide, address) => e.call(restores[wide]!, address)),
  sized("FNSAVE", "DD /6", false, (e, wide, address) => e.call(saves[wide]!, address)),
  insn(
    "FLDCW",
    "D9 /5",
    [],
    (e, place) => {
      enterX87(e);
      setControl(e, e.load(16, addressOf(e, place)));
    },
    { asm: "fldcw rm", place: "memory", undefinedConditions },
  ),
  insn(
    "FNSTCW",
    "D9 /7",
    [],
    (e, place) => {
      enterWithoutWaiting(e);
      e.store(16, addressOf(e, place), e.read(state.fpuControl));
    },
    { asm: "fnstcw rm", place: "memory", undefinedConditions },
  ),
  insn(
    "FNSTSW",
    "DD /7",
    [],
    (e, place) => {
      enterWithoutWaiting(e);
      e.store(16, addressOf(e, place), e.read(state.fpuStatus));
    },
    { asm: "fnstsw rm", place: "memory", undefinedConditions },
  ),
  withoutWaiting("FNSTSW (AX)", "DF E0", (e) => e.setReg(16, RAX, e.read(state.fpuStatus))),
  withoutWaiting("FNINIT", "DB E3", (e) => e.call(initializeAll)),
  withoutWaiting(
    "FNCLEX",
    "DB E2",
    (e) => e.write(state.fpuStatus, e.and(32, e.read(state.fpuStatus), e.i32(~(EXCEPTIONS | PENDING)))),
    undefinedConditions,
  ),
  // What the 8087 and the 287 had them for, there is no more.
  withoutWaiting("FENI", "DB E0", () => {}),
  withoutWaiting("FDISI", "DB E1", () => {}),
  withoutWaiting("FSETPM", "DB E4", () => {}),
  insn(
    "FWAIT",
    "9B",
    [],
    (e) => {
      const both = e.i32((1 << CR0.MP) | (1 << CR0.TS));
      e.faultIf(e.eq(32, systemMask(e, "CR0", CR0.MP, CR0.TS), both), EXCEPTION.NM);
      waitForX87(e);
    },
    { asm: "fwait" },
  ),
];
