import { assert } from "../../base/index.ts";
import { type Operand, type Row, runRow } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { CODE_64 } from "./modes.ts";
import { type AddressFields, MEM_REGISTER, RM_REGISTER, type Size } from "./operands.ts";
import { type Immediate, type OpcodeNotation, parseNotation } from "./notation.ts";

/** What decoding knows of an instruction, and what rows may be split by; widths in bits. */
const SPLITS = { op: 3, cc: 4, size: 2, rm: 2, mem: 1, mode: 2, rep: 2 } as const;
export type SplitName = keyof typeof SPLITS;
type SplitValue<S> = S extends "size" ? Size : number;

type Contains<N extends string, T extends string, F> = N extends `${string}${T}${string}` ? F : unknown;

/** Fields of a row, by its notation. */
export type FieldsOf<N extends string> = {
  /** Bytes of the instruction. */
  readonly length: Operand;
} & Contains<N, " /", AddressFields> &
  /** A general register: its number, or where it begins in `r`, in bytes, if the operand has 8 bits. */
  Contains<N, " /r" | "+r", { readonly reg: Operand }> &
  /** Signed where it is shorter than the operand. */
  Contains<N, ` i${"b" | "w" | "z" | "v"}` | ` c${"b" | "z" | "p"}` | " moffs", { readonly imm: Operand }> &
  Contains<N, " iv" | " moffs", { readonly immHigh: Operand }> &
  Contains<N, " cp", { readonly selector: Operand }> &
  Contains<N, " iw ib", { readonly second: Operand }> &
  Contains<N, "+i", { readonly i: Operand }> &
  Contains<N, " as" | " moffs", Pick<AddressFields, "segment" | "addressSize" | "wrap">>;

export type BoundFields<N extends string, S extends SplitName> = FieldsOf<N> & {
  readonly [K in S]: SplitValue<K>;
};

export interface InsnOptions<S extends SplitName> {
  /** Intel's text, with `rm`, `reg`, `imm` and so on in place of operands. A list: by `op`. */
  readonly asm: string | readonly string[];
  /** Which splits there are, beside what the notation and `place` say; what else decodes is undefined. */
  readonly exists?: (splits: { readonly [K in S]: SplitValue<K> }) => boolean;
  /** What ModRM may name, if not both. */
  readonly place?: "register" | "memory";
  /** LOCK may stand before it when its place is memory. */
  readonly lock?: true | ((splits: { readonly [K in S]: SplitValue<K> }) => boolean);
  /** Flags that the manual leaves undefined; what they become is the reference's choice. By bit, OF = 0x800. */
  readonly undefinedFlags?: number | ((splits: { readonly [K in S]: SplitValue<K> }) => number);
  /** Conditions of x87 that the manual leaves undefined, as bits of its status word. */
  readonly undefinedConditions?: number | ((splits: { readonly [K in S]: SplitValue<K> }) => number);
  /** What it computes is held against a reference of our own. */
  readonly transcendental?: true;
  /** Results in XMM registers are approximations: of each single, they may be apart by so many low bits. */
  readonly approximateBits?: number;
}

/** A row of the opcode maps. */
export interface Insn86 extends Row<X86> {
  readonly opcode: OpcodeNotation;
  readonly asmText: string | readonly string[];
  readonly place: "register" | "memory" | undefined;
  readonly approximateBits: number;
  readonly transcendental: boolean;
  undefinedFlags(splits: Record<string, number>): number;
  undefinedConditions(splits: Record<string, number>): number;
  lockable(splits: Record<string, number>): boolean;
}

/** One row: the manual's name, the opcode, what it is split by, what it does. */
export function insn<N extends string, const S extends SplitName>(
  name: string,
  notation: N,
  split: readonly S[],
  semantics: (e: X86, fields: BoundFields<N, S>) => void,
  options: InsnOptions<S>,
): Insn86 {
  const opcode = parseNotation(notation);
  const { place, exists } = options;
  const splits = Object.fromEntries(split.map((one) => [one, SPLITS[one]]));
  assert(!opcode.w || "size" in splits, `${name}: the opcode says a size, the row does not`);
  type Splits = { readonly [K in S]: SplitValue<K> };
  const withSize = (values: Record<string, number>): Splits =>
    ({ ...values, ...("size" in values && { size: 8 << values["size"]! }) }) as unknown as Splits;
  const row = runRow<X86, Record<string, number>, Record<string, number>>(
    name,
    notation,
    {
      splits,
      fields: fieldsOf(opcode),
      exists: (values) => possible(opcode, place, values) && (exists?.(withSize(values)) ?? true),
    },
    (e, fields) => semantics(e, { ...fields, ...withSize(pick(fields, split)) } as unknown as BoundFields<N, S>),
  );
  const {
    lock = false,
    asm,
    undefinedFlags = 0,
    undefinedConditions = 0,
    approximateBits = 0,
    transcendental = false,
  } = options;
  const bySplits =
    (bits: number | ((splits: Splits) => number)) =>
    (values: Record<string, number>): number =>
      typeof bits === "function" ? bits(withSize(values)) : bits;
  return {
    ...row,
    opcode,
    asmText: asm,
    place,
    approximateBits,
    transcendental,
    undefinedFlags: bySplits(undefinedFlags),
    undefinedConditions: bySplits(undefinedConditions),
    lockable: (values) => (typeof lock === "function" ? lock(withSize(values)) : lock),
  };
}

function pick(from: Record<string, unknown>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, from[name] as number]));
}

/** What no row has, whatever it says itself. */
function possible(opcode: OpcodeNotation, place: Insn86["place"], splits: Record<string, number>): boolean {
  const { size, rm, mem, mode, op, cc, rep } = splits;
  if (size === 0 && !opcode.w) return false;
  // Where 66 may be a part of the opcode, it says no size.
  if (size === 1 && opcode.prefix !== undefined) return false;
  if (rm !== undefined && place !== undefined && (rm === RM_REGISTER) !== (place === "register")) return false;
  if (mem !== undefined && place !== undefined && (mem === MEM_REGISTER) !== (place === "register")) return false;
  if (mode !== undefined && opcode.only !== undefined && (mode === CODE_64) !== (opcode.only === "64")) return false;
  if (size === 3 && (opcode.only === "not 64" || (mode !== undefined && mode !== CODE_64))) return false;
  if (size === 2 && opcode.default64 && mode === CODE_64) return false;
  if (rep === 3) return false;
  const has = (key: "op" | "cc", value: number): boolean => opcode.opcodes.some((one) => one[key] === value);
  if (op !== undefined && opcode.modrm?.kind !== "op" && !has("op", op)) return false;
  return cc === undefined || has("cc", cc);
}

const ADDRESS_FIELDS = { base: 7, index: 5, scale: 2, disp: 32, relative: 1, segment: 3, addressSize: 2, wrap: 1 };
const AS_FIELDS = { segment: 3, addressSize: 2, wrap: 1 };
const IMMEDIATE_FIELDS: Readonly<Record<Immediate, Readonly<Record<string, number>>>> = {
  ib: { imm: 32 },
  iw: { imm: 32 },
  iz: { imm: 32 },
  iv: { imm: 32, immHigh: 32 },
  moffs: { imm: 32, immHigh: 32, ...AS_FIELDS },
  cb: { imm: 32 },
  cz: { imm: 32 },
  cp: { imm: 32, selector: 16 },
};

function fieldsOf({ modrm, register, immediates, addressSize }: OpcodeNotation): Record<string, number> {
  const places = modrm !== undefined && modrm.kind !== "byte" && modrm.kind !== "stack";
  return {
    length: 4,
    ...(places && ADDRESS_FIELDS),
    ...(register || modrm?.kind === "register" ? { reg: 7 } : {}),
    ...(modrm?.kind === "stack" && { i: 3 }),
    ...(addressSize && AS_FIELDS),
    ...IMMEDIATE_FIELDS[immediates[0] ?? ("none" as Immediate)],
    ...(immediates.length > 1 && { second: 8 }),
  };
}
