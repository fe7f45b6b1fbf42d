import { describe, expect, it } from "vitest";
import { addControlFlow, ModuleBuilder } from "./index.ts";

/** Each block mixes its number into a sum, then goes to a successor that the sum chooses, until the steps are spent. */
function walk(successors: readonly (readonly number[])[], steps: number): number {
  let sum = 0;
  for (let block = 0, left = steps; left > 0; left--) {
    sum = (Math.imul(sum, 31) + block + 1) | 0;
    const choices = successors[block]!;
    block = choices[(sum >>> 3) % choices.length]!;
  }
  return sum;
}

function compile(successors: readonly (readonly number[])[]): (steps: number) => number {
  const module = new ModuleBuilder();
  const f = module.function(["i32"], "i32");
  const left = f.paramVariable(0);
  const sum = f.variable(f.constant("i32", 0));
  addControlFlow(
    f,
    successors.map((choices, block) => ({
      successors: choices,
      build(goto) {
        f.if(f.op("i32.eqz", f.get(left)), () => f.return(f.get(sum)));
        f.set(left, f.op("i32.sub", f.get(left), f.constant("i32", 1)));
        const mixed = f.op("i32.add", f.op("i32.mul", f.get(sum), f.constant("i32", 31)), f.constant("i32", block + 1));
        f.set(sum, mixed);
        const choice = f.op(
          "i32.rem_u",
          f.op("i32.shr_u", mixed, f.constant("i32", 3)),
          f.constant("i32", choices.length),
        );
        choices.forEach((to, n) => {
          if (n === choices.length - 1) goto(to);
          else f.if(f.op("i32.eq", choice, f.constant("i32", n)), () => goto(to));
        });
      },
    })),
  );
  f.finish("f", { exported: true });
  const wasm = new WebAssembly.Module(Uint8Array.from(module.emit({ optimize: false })));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  return new WebAssembly.Instance(wasm, { env: { memory } }).exports["f"] as (steps: number) => number;
}

describe("addControlFlow", () => {
  const shapes: Readonly<Record<string, readonly (readonly number[])[]>> = {
    "a loop of one block": [[0]],
    "a loop in a loop": [[1], [1, 2], [0, 1]],
    "two loops that share a header": [[1], [2], [0, 1, 3], [0]],
    "two loops that overlap": [[1], [2], [0, 3], [1, 3, 0]],
    "a loop entered in its middle": [[1, 2], [2], [1]],
    "a jump out of two loops": [[1], [2], [3, 1], [0, 4], [0]],
  };
  for (const [name, successors] of Object.entries(shapes)) {
    it(`walks ${name}`, () => {
      const run = compile(successors);
      for (const steps of [0, 1, 2, 7, 100]) expect(run(steps)).toBe(walk(successors, steps));
    });
  }

  it("walks random graphs", () => {
    let seed = 1;
    const random = (below: number): number => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % 65521) % below;
    for (let n = 0; n < 300; n++) {
      const count = 1 + random(12);
      const graph = Array.from({ length: count }, () => {
        const targets = new Set(Array.from({ length: 1 + random(3) }, () => random(count)));
        return [...targets];
      });
      expect(compile(graph)(1000), JSON.stringify(graph)).toBe(walk(graph, 1000));
    }
  });
});
