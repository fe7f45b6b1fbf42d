import type { Emitter, Value } from "../index.ts";
import { state } from "./state.ts";

/** The cores that there are, as QEMU 7.2's `-cpu` has them with one thread; `qemu64` without SVM. */

export type CpuidLeaf = readonly [eax: number, ebx: number, ecx: number, edx: number];

export type ModelName = "qemu64" | "qemu32" | "pentium" | "486";

/** Leaves that are not here are 0, up to the last one; those above it are the last one of the basic leaves. */
interface Model {
  readonly name: ModelName;
  readonly leaves: Readonly<Record<number, CpuidLeaf>>;
  /** Leaf 4 by ECX: caches. */
  readonly caches: readonly CpuidLeaf[];
  /** Leaf 0BH says that there is one thread of one core. */
  readonly topology: boolean;
}

const AMD = [0x6874_7541, 0x444d_4163, 0x6974_6e65] as const;
const INTEL = [0x756e_6547, 0x6c65_746e, 0x4965_6e69] as const;
const BRAND = {
  0x8000_0002: [0x554d_4551, 0x7269_5620, 0x6c61_7574, 0x5550_4320],
  0x8000_0003: [0x7265_7620, 0x6e6f_6973, 0x352e_3220, 0x2b],
} as const;
const EMULATED: CpuidLeaf = [0x4000_0001, 0x5447_4354, 0x4354_4743, 0x4743_5447];

const old = (name: ModelName, signature: number, features: number): Model => ({
  name,
  leaves: { 0: [1, ...INTEL], 1: [signature, 0x800, -0x8000_0000, features], 0x4000_0000: EMULATED },
  caches: [],
  topology: false,
});

/** By the number that `state.model` has. */
export const MODELS: readonly Model[] = [
  {
    name: "qemu64",
    leaves: {
      0x0: [0xd, ...AMD],
      0x1: [0x60fb1, 0x800, 0x8000_2001, 0x078b_fbfd],
      0x5: [0, 0, 3, 0],
      0x4000_0000: EMULATED,
      0x8000_0000: [0x8000_000a, ...AMD],
      0x8000_0001: [0x60fb1, 0, 1, 0x2193_fbfd],
      ...BRAND,
      0x8000_0005: [0x01ff_01ff, 0x01ff_01ff, 0x4002_0140, 0x4002_0140],
      0x8000_0006: [0, 0x4200_4200, 0x0200_8140, 0x0080_8140],
      0x8000_0008: [0x3028, 0, 0, 0],
    },
    caches: [],
    topology: true,
  },
  {
    name: "qemu32",
    leaves: {
      0x0: [4, ...INTEL],
      0x1: [0x663, 0x800, 0x8000_0001, 0x0781_abfd],
      0x2: [1, 0, 0x4d, 0x2c_307d],
      0x4000_0000: EMULATED,
      0x8000_0000: [0x8000_0004, ...INTEL],
      0x8000_0001: [0x663, 0, 0, 0],
      ...BRAND,
    },
    caches: [
      ...([
        [0x121, 0x1c0_003f, 0x3f, 1],
        [0x122, 0x1c0_003f, 0x3f, 1],
      ] as const),
      ...([
        [0x143, 0x3c0_003f, 0xfff, 1],
        [0x163, 0x3c0_003f, 0x3fff, 6],
      ] as const),
    ],
    topology: false,
  },
  old("pentium", 0x543, 0x0080_03bd),
  old("486", 0x480, 9),
];

/** Of CPUID.1.EDX: what a model may lack and instructions ask for. Others, MMX too, are there on every model, as on the reference. */
export const FEATURE = {
  CX8: 1 << 8,
  CMOV: 1 << 15,
  CLFLUSH: 1 << 19,
  FXSR: 1 << 24,
  SSE: 1 << 25,
  SSE2: 1 << 26,
} as const;
const ALL = Object.values(FEATURE).reduce<number>((all, bit) => all | bit, 0);

export const signatureOf = (model: number): number => MODELS[model]!.leaves[1]![0];
/** Of `FEATURE`. */
export const missingOn = (model: number): number => ALL & ~MODELS[model]!.leaves[1]![3];

/** What each model makes of something (i64). */
export function byModel(e: Emitter, of: (model: Model) => bigint): Value {
  const [first, ...others] = MODELS.map((model) => e.i64(of(model)));
  return others.reduce(
    (value, other, n) => e.select(e.eq(32, e.read(state.model), e.i32(n + 1)), other, value),
    first!,
  );
}

const EXTENDED = 0x8000_0001;
/** Bits of CPUID.80000001.EDX: SYSCALL, NX, long mode. */
export function hasExtended({ leaves }: Model, bit: 11 | 20 | 29): boolean {
  return (((leaves[EXTENDED]?.[3] ?? 0) >> bit) & 1) !== 0;
}

/** What firmware's tables say of a model: leaf 1's EAX and EDX, and whether AMD has made it. */
export function identityOf(name: ModelName): { signature: number; features: number; amd: boolean } {
  const { leaves } = MODELS.find((model) => model.name === name)!;
  const [[, vendor], [signature, , , features]] = [leaves[0]!, leaves[1]!];
  return { signature, features, amd: vendor === AMD[0] };
}
