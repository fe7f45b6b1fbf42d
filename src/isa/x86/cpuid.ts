import type { Emitter, Routine } from "../index.ts";
import { RAX, RBX, RCX, RDX, state } from "./state.ts";

type Leaf = readonly [eax: number, ebx: number, ecx: number, edx: number];

/** Family 15, model 107, stepping 1: as at reset in EDX. */
export const SIGNATURE = 0x60fb1;
const VENDOR = [0x6874_7541, 0x444d_4163, 0x6974_6e65] as const;
/** CPUID.1.EDX: there is a local APIC that is on. */
const HAS_APIC = 1 << 9;

/** QEMU 7.2's `qemu64,-svm`, one thread. Leaves that are not here are 0. */
const LEAVES: Readonly<Record<number, Leaf>> = {
  0x0: [0xd, ...VENDOR],
  0x1: [SIGNATURE, 0x800, 0x8000_2001, 0x078b_fbfd],
  0x5: [0, 0, 3, 0],
  0x4000_0000: [0x4000_0001, 0x5447_4354, 0x4354_4743, 0x4743_5447],
  0x8000_0000: [0x8000_000a, ...VENDOR],
  0x8000_0001: [SIGNATURE, 0, 1, 0x2193_fbfd],
  0x8000_0002: [0x554d_4551, 0x7269_5620, 0x6c61_7574, 0x5550_4320],
  0x8000_0003: [0x7265_7620, 0x6e6f_6973, 0x352e_3220, 0x2b],
  0x8000_0005: [0x01ff_01ff, 0x01ff_01ff, 0x4002_0140, 0x4002_0140],
  0x8000_0006: [0, 0x4200_4200, 0x0200_8140, 0x0080_8140],
  0x8000_0008: [0x3028, 0, 0, 0],
};
const TOPOLOGY = 0xb;

/** Answers EAX and ECX in EAX, EBX, ECX, EDX. */
export const cpuid: Routine<Emitter> = {
  name: "cpuid",
  params: [],
  result: undefined,
  body(e) {
    const leaf = e.wrap(e.read(state.r, RAX));
    const subleaf = e.wrap(e.read(state.r, RCX));
    const answers = [RAX, RBX, RCX, RDX].map(() => e.variable(e.i32(0)));
    for (const [number, values] of Object.entries(LEAVES))
      e.if(e.eq(32, leaf, e.i32(Number(number) | 0)), () =>
        answers.forEach((answer, n) => e.set(answer, e.i32(values[n]! | 0))),
      );
    const [, ebx, ecx, edx] = answers;
    e.if(e.eq(32, leaf, e.i32(1)), () => {
      const off = e.eqz(64, e.and(64, e.host("apicBase"), e.i64(0x800)));
      e.if(off, () => e.set(edx!, e.and(32, e.get(edx!), e.i32(~HAS_APIC))));
    });
    e.if(e.eq(32, leaf, e.i32(TOPOLOGY)), () => {
      // One thread, one core.
      const level = e.and(32, subleaf, e.i32(0xff));
      const known = e.ltU(32, level, e.i32(2));
      e.set(ebx!, known);
      const kind = e.shl(32, e.add(32, level, e.i32(1)), 8);
      e.set(ecx!, e.or(32, level, e.select(known, kind, e.i32(0))));
    });
    [RAX, RBX, RCX, RDX].forEach((register, n) => e.write(state.r, e.zeroExtend(64, e.get(answers[n]!)), register));
  },
};
