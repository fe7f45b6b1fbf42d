import { describe, expect, it } from "vitest";
import type { Value, ValueType } from "../isa/index.ts";
import { type FunctionBuilder, ModuleBuilder } from "./index.ts";

type Exports = Record<string, (...args: (number | bigint)[]) => number | bigint | undefined>;

interface Built {
  readonly exports: Exports;
  readonly memory: DataView;
}

/** A module of one function `f`, and of what `more` adds. */
function build(
  params: readonly ValueType[],
  result: ValueType | undefined,
  body: (f: FunctionBuilder, ...params: Value[]) => Value | void,
  more: (module: ModuleBuilder) => void = () => {},
  imports: WebAssembly.ModuleImports = {},
  optimize = false,
): Built {
  const module = new ModuleBuilder();
  const f = module.function(params, result);
  const value = body(f, ...params.map((_, index) => f.param(index)));
  if (value) f.return(value);
  f.finish("f", { exported: true });
  more(module);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const compiled = new WebAssembly.Module(Uint8Array.from(module.emit({ optimize })));
  const instance = new WebAssembly.Instance(compiled, { env: { memory }, host: imports });
  return { exports: instance.exports as Exports, memory: new DataView(memory.buffer) };
}

describe("values", () => {
  it("are evaluated once, where they stand", () => {
    const { exports, memory } = build(["i32"], "i32", (f, at) => {
      const before = f.load("i32", 32, at!);
      f.store(32, at!, f.op("i32.add", before, f.constant("i32", 1)));
      const after = f.load("i32", 32, at!);
      return f.op("i32.add", f.op("i32.mul", before, f.constant("i32", 100)), after);
    });
    memory.setInt32(8, 4, true);
    expect(exports["f"]!(8)).toBe(405);
  });

  it("of a variable stay what they were when it is set again", () => {
    const { exports } = build(["i64"], "i64", (f, x) => {
      const variable = f.variable(x!);
      const old = f.get(variable);
      f.set(variable, f.op("i64.add", old, f.constant("i64", 1)));
      return f.op("i64.sub", f.op("i64.mul", f.get(variable), f.constant("i64", 10)), old);
    });
    expect(exports["f"]!(5n)).toBe(55n);
  });

  it("are constants of 64 bits, signed or not", () => {
    const { exports } = build([], "i64", (f) => f.constant("i64", 0xffff_ffff_ffff_fffen));
    expect(exports["f"]!()).toBe(-2n);
  });

  it("of another type are refused when the code is made", () => {
    const attempt = (body: (f: FunctionBuilder, i32: Value, i64: Value) => void) => () =>
      build(["i32", "i64"], undefined, (f, a, b) => body(f, a!, b!));
    expect(attempt((f, a, b) => f.op("i32.add", a, b))).toThrow("i32.add on i64");
    expect(attempt((f, a, b) => f.select(a, a, b))).toThrow(/two types/);
    expect(attempt((f, _, b) => f.if(b, () => {}))).toThrow(/condition/);
    expect(attempt((f, a, b) => f.set(f.variable(a), b))).toThrow(/i32 variable set to i64/);
    expect(attempt((f, a, b) => f.store(8, a, b))).toThrow("store i64/8");
    expect(attempt((f, a) => f.load("i64", 32, a))).toThrow("load i64/32");
    expect(attempt((f, a) => f.op("i32.nonsense", a))).toThrow(/no such instruction/);
    expect(attempt((f, a) => f.op("i32.add", a))).toThrow(/with 1 operands/);
  });
});

describe("control", () => {
  it("chooses, and leaves early", () => {
    const { exports } = build(["i32"], "i32", (f, x) => {
      const result = f.variable(f.constant("i32", 0));
      f.if(f.op("i32.eqz", x!), () => f.return(f.constant("i32", 99)));
      f.if(
        f.op("i32.lt_s", x!, f.constant("i32", 0)),
        () => f.set(result, f.constant("i32", -1)),
        () => f.set(result, f.constant("i32", 1)),
      );
      return f.get(result);
    });
    expect([0, -5, 5].map((x) => exports["f"]!(x))).toEqual([99, -1, 1]);
  });

  it("loops, asking first, also within a loop", () => {
    const { exports } = build(["i32"], "i32", (f, rows) => {
      const one = f.constant("i32", 1);
      const [row, count] = [f.variable(f.constant("i32", 0)), f.variable(f.constant("i32", 0))];
      f.while(
        () => f.op("i32.lt_u", f.get(row), rows!),
        () => {
          const column = f.variable(f.constant("i32", 0));
          f.while(
            () => f.op("i32.lt_u", f.get(column), f.get(row)),
            () => {
              f.set(column, f.op("i32.add", f.get(column), one));
              f.set(count, f.op("i32.add", f.get(count), one));
            },
          );
          f.set(row, f.op("i32.add", f.get(row), one));
        },
      );
      return f.get(count);
    });
    expect([0, 1, 5].map((rows) => exports["f"]!(rows))).toEqual([0, 0, 10]);
  });

  it("goes on in another function without a frame, directly or through a table", () => {
    const { exports } = build(
      ["i32", "i32"],
      "i32",
      (f, left, sum) => {
        f.if(f.op("i32.eqz", left!), () => f.return(sum));
        const less = f.op("i32.sub", left!, f.constant("i32", 1));
        const index = f.op("i32.and", left!, f.constant("i32", 1));
        f.tailCallIndirect("table", index, ["i32", "i32"], less, sum!);
      },
      (module) => {
        [1, 1000].forEach((amount, n) => {
          const g = module.function(["i32", "i32"], "i32");
          g.tailCall("f", g.param(0), g.op("i32.add", g.param(1), g.constant("i32", amount)));
          g.finish(`g${n}`);
        });
        module.table("table", ["g0", "g1"], 8);
      },
    );
    // Deeper than any stack.
    expect(exports["f"]!(1_000_000, 0)).toBe(500_000 * 1001);
  });

  it("calls the host, with and without a result", () => {
    const told: bigint[] = [];
    const { exports } = build(
      ["i64"],
      "i32",
      (f, x) => {
        f.call("tell", undefined, x!);
        return f.call("ask", "i32", x!);
      },
      (module) => {
        module.importFunction("tell", ["i64"]);
        module.importFunction("ask", ["i64"], "i32");
      },
      { tell: (x: bigint) => told.push(x), ask: (x: bigint) => Number(x) + 1 },
    );
    expect([exports["f"]!(41n), told]).toEqual([42, [41n]]);
  });
});

describe("memory", () => {
  it("is read zero-extended and written in its width", () => {
    const { exports, memory } = build(["i32"], "i32", (f, at) => {
      f.store(8, at!, f.constant("i32", 0x1ff), 1);
      f.store(16, at!, f.constant("i32", -2), 2);
      return f.op("i32.sub", f.load("i32", 16, at!, 2), f.load("i32", 8, at!, 1));
    });
    expect(exports["f"]!(16)).toBe(0xfffe - 0xff);
    expect(memory.getUint32(16, true)).toBe(0xfffe_ff00);
  });

  it("is filled, and holds a module's data", () => {
    const { exports, memory } = build(
      [],
      undefined,
      (f) => f.fill(f.constant("i32", 100), 0xab, 3),
      (module) => module.data(200, Uint8Array.of(1, 2)),
    );
    exports["f"]!();
    expect([99, 100, 102, 103, 200, 201].map((at) => memory.getUint8(at))).toEqual([0, 0xab, 0xab, 0, 1, 2]);
  });

  it("holds vectors, least significant byte first", () => {
    const bytes = Array.from({ length: 16 }, (_, n) => n * 3);
    const { exports, memory } = build(["i64"], undefined, (f, x) => {
      const vector = f.op("i64x2.replace_lane", f.vector(bytes), x!, 1);
      f.store(128, f.constant("i32", 0), vector);
      const swapped = f.op("i8x16.shuffle", vector, vector, [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      f.store(64, f.constant("i32", 16), f.op("i64x2.extract_lane", swapped, 1));
    });
    exports["f"]!(0x0102_0304_0506_0708n);
    expect(Array.from({ length: 8 }, (_, n) => memory.getUint8(n))).toEqual(bytes.slice(0, 8));
    expect(memory.getBigUint64(8, true)).toBe(0x0102_0304_0506_0708n);
    expect(Array.from({ length: 8 }, (_, n) => memory.getUint8(16 + n))).toEqual(bytes.slice(0, 8).reverse());
  });
});

describe("regressions", () => {
  it("a loaded word stays unsigned when its zero-extension is optimised", () => {
    const { exports, memory } = build(
      ["i32"],
      "i64",
      (f, at) => f.op("i64.extend_i32_u", f.load("i32", 32, at!)),
      () => {},
      {},
      true,
    );
    memory.setUint32(8, 0xf800009f, true);
    expect(BigInt.asUintN(64, exports["f"]!(8) as bigint)).toBe(0xf800009fn);
  });
});
