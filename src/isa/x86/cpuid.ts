import type { Emitter, Routine, Value, Variable } from "../index.ts";
import { type CpuidLeaf, MODELS } from "./models.ts";
import { RAX, RBX, RCX, RDX, state } from "./state.ts";

/** CPUID.1.EDX: there is a local APIC that is on. */
const HAS_APIC = 1 << 9;
const [CACHES, TOPOLOGY, EMULATED] = [4, 0xb, 0x4000_0000];
const REGISTERS = [RAX, RBX, RCX, RDX] as const;

/** Answers EAX and ECX in EAX, EBX, ECX, EDX. */
export const cpuid: Routine<Emitter> = {
  name: "cpuid",
  params: [],
  result: undefined,
  body(e) {
    const leaf = e.variable(e.wrap(e.read(state.r, RAX)));
    const subleaf = e.wrap(e.read(state.r, RCX));
    const answers = REGISTERS.map(() => e.variable(e.i32(0)));
    MODELS.forEach((model, n) =>
      e.if(e.eq(32, e.read(state.model), e.i32(n)), () => {
        clampLeaf(e, leaf, model.leaves);
        const is = (number: number, then: () => void): void => e.if(e.eq(32, e.get(leaf), e.i32(number | 0)), then);
        for (const [number, values] of Object.entries(model.leaves))
          is(Number(number), () => answer(e, answers, values));
        if (model.caches.length > 0)
          is(CACHES, () =>
            model.caches.forEach((values, at) => e.if(e.eq(32, subleaf, e.i32(at)), () => answer(e, answers, values))),
          );
        if (model.topology) is(TOPOLOGY, () => topology(e, answers, subleaf));
      }),
    );
    const edx = answers[3]!;
    e.if(e.eq(32, e.get(leaf), e.i32(1)), () => {
      const off = e.eqz(64, e.and(64, e.host("apicBase"), e.i64(0x800)));
      e.if(off, () => e.set(edx, e.and(32, e.get(edx), e.i32(~HAS_APIC))));
    });
    REGISTERS.forEach((register, n) => e.write(state.r, e.zeroExtend(64, e.get(answers[n]!)), register));
  },
};

function answer(e: Emitter, answers: readonly Variable[], values: CpuidLeaf): void {
  answers.forEach((one, n) => e.set(one, e.i32(values[n]! | 0)));
}

/** Above the last leaf of a range, CPUID answers the last basic one. */
function clampLeaf(e: Emitter, leaf: Variable, leaves: Readonly<Record<number, CpuidLeaf>>): void {
  const last = leaves[0]![0];
  const ranges: readonly (readonly [from: number, last: number])[] = [
    [0, last],
    [EMULATED, EMULATED + 1],
    [0x8000_0000, leaves[0x8000_0000]?.[0] ?? 0],
    [0xc000_0000, 0],
  ];
  // Unsigned: the limit of the range that it is in.
  const limit = ranges.reduce(
    (value, [from, end]) => e.select(e.geU(32, e.get(leaf), e.i32(from | 0)), e.i32(end | 0), value),
    e.i32(0),
  );
  e.if(e.op("i32.gt_u", e.get(leaf), limit), () => e.set(leaf, e.i32(last)));
}

/** One thread, one core. */
function topology(e: Emitter, [, ebx, ecx]: readonly Variable[], subleaf: Value): void {
  const level = e.and(32, subleaf, e.i32(0xff));
  const known = e.ltU(32, level, e.i32(2));
  e.set(ebx!, known);
  e.set(ecx!, e.or(32, level, e.select(known, e.shl(32, e.add(32, level, e.i32(1)), 8), e.i32(0))));
}
