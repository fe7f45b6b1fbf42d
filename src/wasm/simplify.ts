import type { TreeValue } from "./tree.ts";

const OPPOSITE: Readonly<Record<string, string>> = {
  eq: "ne",
  ne: "eq",
  lt_s: "ge_s",
  ge_s: "lt_s",
  lt_u: "ge_u",
  ge_u: "lt_u",
  gt_s: "le_s",
  le_s: "gt_s",
  gt_u: "le_u",
  le_u: "gt_u",
};

/** What an instruction's result is already; or the shorter instruction that gives it; undefined when there is neither. */
export function simplify(
  name: string,
  values: readonly TreeValue[],
): TreeValue | { readonly name: string; readonly operands: readonly TreeValue[] } | undefined {
  const [a, b] = values;
  switch (name) {
    case "i32.wrap_i64":
      return a!.name === "i64.extend_i32_u" || a!.name === "i64.extend_i32_s" ? a!.operands[0] : undefined;
    case "i32.xor":
    case "i64.xor":
      return isMinusOne(b) && a!.name === name && isMinusOne(a!.operands[1]) ? a!.operands[0] : undefined;
    case "i32.eqz": {
      const [type, comparison] = a!.name?.split(".") ?? [];
      const opposite = type === "i32" || type === "i64" ? OPPOSITE[comparison!] : undefined;
      return opposite ? { name: `${type}.${opposite}`, operands: a!.operands } : undefined;
    }
    case "i32.and":
    case "i64.and":
    case "i32.add":
    case "i64.add":
    case "i32.or":
    case "i64.or":
      return isNumber(b, name.endsWith("and") ? -1 : 0) ? a : undefined;
    default:
      return undefined;
  }
}

const isNumber = (value: TreeValue | undefined, wanted: number): boolean => {
  const constant = value?.constant;
  return (typeof constant === "number" || typeof constant === "bigint") && Number(constant) === wanted;
};
const isMinusOne = (value: TreeValue | undefined): boolean => isNumber(value, -1);
