import type binaryen from "binaryen";
import { assert } from "../base/index.ts";
import type { ValueType } from "../isa/index.ts";

/** WebAssembly instruction names whose binaryen spelling differs: `i64.trunc_sat_f64_s` is `m.i64.trunc_s_sat.f64`. */
const SPELLING: readonly [RegExp, (...parts: string[]) => string[]][] = [
  [/^i64\.extend_i32_([su])$/, (sign) => ["i64", `extend_${sign}`]],
  [/^i32\.wrap_i64$/, () => ["i32", "wrap"]],
  [/^f32\.demote_f64$/, () => ["f32", "demote"]],
  [/^f64\.promote_f32$/, () => ["f64", "promote"]],
  [/^([if]\d\d)\.reinterpret_[if]\d\d$/, (type) => [type!, "reinterpret"]],
  [/^(f\d\d)\.convert_(i\d\d)_([su])$/, (type, from, sign) => [type!, `convert_${sign}`, from!]],
  [/^(i\d\d)\.trunc_sat_(f\d\d)_([su])$/, (type, from, sign) => [type!, `trunc_${sign}_sat`, from!]],
  [/^(i\d\d)\.trunc_(f\d\d)_([su])$/, (type, from, sign) => [type!, `trunc_${sign}`, from!]],
  [/^(i\w+)\.(add|sub)_sat_([su])$/, (type, op, sign) => [type!, `${op}_saturate_${sign}`]],
];

type Builder = (...args: unknown[]) => binaryen.ExpressionRef;
type Make = (m: binaryen.Module, args: readonly unknown[]) => binaryen.ExpressionRef;

interface Operation {
  readonly type: ValueType;
  readonly make: Make;
}

const operations = new Map<string, Operation & { readonly types: readonly ValueType[] }>();

/** The instruction of a name on operands of these types; `count` includes immediates, which stand last. */
export function operation(name: string, count: number, values: readonly { readonly type: ValueType }[]): Operation {
  const known = operations.get(name);
  if (known && known.types.length === values.length && known.types.every((type, i) => type === values[i]!.type))
    return known;
  const types = values.map((v) => v.type);
  const made = { type: resultOf(name, types), make: maker(name, count), types };
  operations.set(name, made);
  return made;
}

function maker(name: string, count: number): Make {
  let path = name.split(".");
  for (const [pattern, spell] of SPELLING) {
    const match = pattern.exec(name);
    if (match) path = spell(...match.slice(1));
  }
  // The text format has the lane before the value; here it comes last, and binaryen wants it in the middle.
  const laneFirst = name.endsWith(".replace_lane");
  return (m, args) => {
    let node: unknown = m;
    for (const part of path) node = (node as Record<string, unknown> | undefined)?.[part];
    assert(typeof node === "function", `no such instruction: ${name}`);
    assert(count >= (node as Builder).length, `${name} with ${count} operands`);
    return laneFirst ? (node as Builder)(args[0], args[2], args[1]) : (node as Builder)(...args);
  };
}

const COMPARISON = /^(eqz|eq|ne|[lg][te](_[su])?)$/;

/** The type of an instruction's result; checks the operand types that its name implies. */
export function resultOf(name: string, operands: readonly (ValueType | undefined)[]): ValueType {
  const [prefix, op] = name.split(".") as [string, string];
  const isVector = prefix === "v128" || /x/.test(prefix);
  if (!isVector) {
    const scalar = prefix as ValueType;
    const source = /_([if](?:32|64))(?:_[su])?$/.exec(op)?.[1] as ValueType | undefined;
    for (const type of operands) assert(type === (source ?? scalar), `${name} on ${type}`);
    return COMPARISON.test(op) ? "i32" : scalar;
  }
  if (op === "any_true" || op === "all_true" || op === "bitmask") return "i32";
  if (op.startsWith("extract_lane")) return laneType(prefix);
  return "v128";
}

function laneType(shape: string): ValueType {
  if (shape === "i64x2") return "i64";
  if (shape === "f32x4") return "f32";
  if (shape === "f64x2") return "f64";
  return "i32";
}
