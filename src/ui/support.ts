/** Tiny modules, each using one feature that the interpreter is built with. */
const wasmFeatures: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  // (func (result v128) i32.const 0 i8x16.splat)
  ["SIMD", [1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15, 11]],
  // (memory 0) (func i32.const 0 i32.const 0 i32.const 0 memory.fill)
  [
    "bulk memory",
    [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 0, 10, 13, 1, 11, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0, 11],
  ],
  // (func return_call 0)
  ["tail calls", [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 11]],
  // (func (result i32) i32.const 0 i32.extend8_s)
  ["sign extension", [1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10, 7, 1, 5, 0, 0x41, 0, 0xc0, 11]],
  // (func (result i32) f32.const 0 i32.trunc_sat_f32_s)
  ["saturating conversions", [1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10, 11, 1, 9, 0, 0x43, 0, 0, 0, 0, 0xfc, 0, 11]],
];

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Names of what this browser lacks; empty when all is there. */
export function missingFeatures(): readonly string[] {
  const missing: string[] = [];
  if (typeof WebAssembly === "undefined") return ["WebAssembly"];
  for (const [name, bytes] of wasmFeatures)
    if (!WebAssembly.validate(new Uint8Array([...header, ...bytes]))) missing.push(`WebAssembly ${name}`);
  if (typeof Worker === "undefined") missing.push("workers");
  if (typeof indexedDB === "undefined") missing.push("IndexedDB");
  return missing;
}
