import { describe, expect, it } from "vitest";
import { evaluateOp, integer, type IntegerType } from "./evaluate-op.ts";
import { EvaluatedMachine } from "./evaluate.ts";
import { Emitter, defineState, rows, type Routine } from "./index.ts";

const op = (name: string, type: IntegerType, ...values: bigint[]): bigint =>
  evaluateOp(
    name,
    values.map((v) => integer(type, v)),
    [],
  ).value;

describe("evaluateOp", () => {
  it.each([
    ["i32.add", "i32", [0xffffffffn, 2n], 1n],
    ["i64.sub", "i64", [0n, 1n], 2n ** 64n - 1n],
    ["i32.shr_s", "i32", [0x80000000n, 33n], 0xc0000000n],
    ["i32.shl", "i32", [1n, 32n], 1n],
    ["i64.rotr", "i64", [1n, 1n], 1n << 63n],
    ["i32.rotl", "i32", [0x80000001n, 1n], 3n],
    ["i32.lt_s", "i32", [0xffffffffn, 0n], 1n],
    ["i32.lt_u", "i32", [0xffffffffn, 0n], 0n],
    ["i64.clz", "i64", [0n], 64n],
    ["i32.ctz", "i32", [8n], 3n],
    ["i64.popcnt", "i64", [0xffn], 8n],
    ["i64.extend_i32_s", "i32", [0x80000000n], 0xffffffff80000000n],
    ["i32.extend8_s", "i32", [0x180n], 0xffffff80n],
    ["i32.wrap_i64", "i64", [0x1234567890n], 0x34567890n],
    ["i64.div_s", "i64", [-7n, 2n], 2n ** 64n - 3n],
    ["i64.eqz", "i64", [0n], 1n],
  ] as const)("%s of %s", (name, type, values, result) => {
    expect(op(name, type, ...values)).toBe(result);
  });

  it("traps where WebAssembly does", () => {
    expect(() => op("i32.div_u", "i32", 1n, 0n)).toThrow("trap");
    expect(() => op("i32.div_s", "i32", 0x80000000n, 0xffffffffn)).toThrow("trap");
  });

  it("refuses operands of the wrong type and names it does not know", () => {
    expect(() => op("i64.add", "i32", 1n, 2n)).toThrow("i64.add");
    expect(() => op("i64.nonsense", "i64", 1n)).toThrow("nonsense");
  });
});

describe("EvaluatedMachine", () => {
  const { layout, fields } = defineState("test", 1, { pc: { size: 8 }, r: { size: 8, count: 4 } });
  const { insn } = rows<Emitter>();
  const machine = (): EvaluatedMachine<Emitter> => {
    const made = new EvaluatedMachine(layout, fields.pc, (l) => new Emitter(l), 0x1000n, 64);
    made.pc = 0x1000n;
    return made;
  };

  it("hands split fields as numbers and the others as operands", () => {
    const row = insn("test", "a:8 b:20 c:4", ["a"], (e, { a, b, c }) => {
      e.write(fields.r, e.i64(a), 0);
      e.write(fields.r, e.imm(64, b), 1);
      e.write(
        fields.r,
        e.derive([c], (n) => BigInt(n)),
        2,
      );
    });
    const m = machine();
    expect(m.execute(row, 0x12345678)).toEqual({ kind: "next" });
    expect([m.read(fields.r, 0), m.read(fields.r, 1), m.read(fields.r, 2)]).toEqual([0x12n, 0x34567n, 8n]);
    expect(m.pc).toBe(0x1004n);
  });

  it("ends a step at a branch, and at a fault before anything after it", () => {
    const branch = insn("test", "a:32", [], (e) => {
      e.branch(e.i64(-8));
      e.write(fields.r, e.i64(1));
    });
    const fault = insn("test", "a:32", [], (e) => {
      e.store(32, e.i64(0x1004), e.i32(-1));
      e.store(64, e.i64(0x103c), e.i64(1));
      e.write(fields.r, e.i64(1));
    });
    const m = machine();
    expect(m.execute(branch, 0)).toEqual({ kind: "jump" });
    expect(m.pc).toBe(0xff8n);
    expect(m.execute(fault, 0)).toEqual({ kind: "fault", address: 0x103cn, write: true });
    expect(m.read(fields.r)).toBe(0n);
    expect([...m.memory.subarray(3, 9)]).toEqual([0, 255, 255, 255, 255, 0]);
  });

  it("runs loops, variables and routines", () => {
    const factorial: Routine<Emitter> = {
      name: "factorial",
      params: ["i64"],
      result: "i64",
      body(e, n) {
        const product = e.variable(e.i64(1));
        const left = e.variable(n!);
        e.while(
          () => e.ne(64, e.get(left), e.i64(0)),
          () => {
            e.set(product, e.mul(64, e.get(product), e.get(left)));
            e.set(left, e.sub(64, e.get(left), e.i64(1)));
          },
        );
        e.return(e.get(product));
      },
    };
    const m = machine();
    m.execute(
      insn("test", "a:32", [], (e) => e.write(fields.r, e.call(factorial, e.i64(5)))),
      0,
    );
    expect(m.read(fields.r)).toBe(120n);
  });
});
