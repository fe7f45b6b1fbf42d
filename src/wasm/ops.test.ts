import { describe, expect, it } from "vitest";
import type { ValueType } from "../isa/index.ts";
import { resultOf } from "./ops.ts";
import { ModuleBuilder } from "./index.ts";

describe("the type of a result", () => {
  it.each<[string, ValueType[], ValueType]>([
    ["i32.add", ["i32", "i32"], "i32"],
    ["i64.eqz", ["i64"], "i32"],
    ["i64.lt_u", ["i64", "i64"], "i32"],
    ["f64.ne", ["f64", "f64"], "i32"],
    ["i64.extend_i32_u", ["i32"], "i64"],
    ["i32.wrap_i64", ["i64"], "i32"],
    ["f32.demote_f64", ["f64"], "f32"],
    ["i64.reinterpret_f64", ["f64"], "i64"],
    ["i64.trunc_sat_f32_s", ["f32"], "i64"],
    ["i64.extend8_s", ["i64"], "i64"],
    ["i8x16.splat", ["i32"], "v128"],
    ["i8x16.bitmask", ["v128"], "i32"],
    ["v128.any_true", ["v128"], "i32"],
    ["i16x8.extract_lane_u", ["v128"], "i32"],
    ["i64x2.extract_lane", ["v128"], "i64"],
    ["f32x4.extract_lane", ["v128"], "f32"],
    ["f64x2.lt", ["v128", "v128"], "v128"],
  ])("%s of %j is %s", (name, operands, result) => {
    expect(resultOf(name, operands)).toBe(result);
  });

  it("needs the operands that the name says", () => {
    expect(() => resultOf("i64.extend_i32_s", ["i64"])).toThrow("i64.extend_i32_s on i64");
    expect(() => resultOf("f64.add", ["f64", "f32"])).toThrow("f64.add on f32");
  });
});

// The specification's name and binaryen's are not the same here; binaryen's own validation decides.
it.each<[string, ValueType[], ValueType]>([
  ["i64.extend_i32_s", ["i32"], "i64"],
  ["i64.extend_i32_u", ["i32"], "i64"],
  ["i32.wrap_i64", ["i64"], "i32"],
  ["f32.demote_f64", ["f64"], "f32"],
  ["f64.promote_f32", ["f32"], "f64"],
  ["i32.reinterpret_f32", ["f32"], "i32"],
  ["f64.convert_i64_u", ["i64"], "f64"],
  ["f32.convert_i32_s", ["i32"], "f32"],
  ["i64.trunc_sat_f64_s", ["f64"], "i64"],
  ["i32.trunc_sat_f32_u", ["f32"], "i32"],
  ["i64.trunc_f64_u", ["f64"], "i64"],
])("%s is found in binaryen", (name, params, result) => {
  const module = new ModuleBuilder();
  const f = module.function(params, result);
  f.return(f.op(name, ...params.map((_, index) => f.param(index))));
  f.finish("f", { exported: true });
  expect(module.text()).toContain(`(${name}`);
  expect(WebAssembly.validate(Uint8Array.from(module.emit({ optimize: false })))).toBe(true);
});
