import { expect, it } from "vitest";
import { Translator } from "../../src/engine/translator/index.ts";
import { arm64 } from "../../src/isa/arm64/index.ts";
import { assemble } from "../differential/toolchain.ts";

/** Small pieces of A64 that are entered at their first word; translated code for each is in NAME.wat. */
const programs = {
  "counting-loop": `
    loop: add x0, x0, x1
          subs x1, x1, #1
          b.ne loop
          ret`,
  "copy-loop": `
    loop: ldr x3, [x1], #8
          str x3, [x0], #8
          cmp x1, x2
          b.lo loop
          ret`,
  "conditions-and-call": `
          cmp w0, w1
          ccmp w2, #3, #4, ge
          csel w0, w1, w2, eq
          bl double
          cbz w0, end
          adds w0, w0, #1
    end:  ret
    double: lsl w0, w0, #1
          ret x30`,
  vectors: `
          ldr q0, [x0]
          add v0.4s, v0.4s, v1.4s
          eor v2.16b, v0.16b, v1.16b
          str q2, [x0, #16]
          umov w1, v2.s[1]
          ret`,
};

const translator = new Translator(arm64);

// After an intended change of code generation: `npx vitest run tests/golden --update`, and read the diff.
it.each(Object.entries(programs))("translates %s as before", async (name, source) => {
  const code = await assemble(`${source}\n`, 0);
  const words = new Uint32Array(1024);
  words.set(new Uint32Array(code.slice().buffer));
  const executed = Uint8Array.from(words, (word) => Number(word !== 0));
  const requests = [{ units: words, entry: 0, executed }];
  await expect(translator.text(requests)).toMatchFileSnapshot(`${name}.wat`);
  expect(translator.text(translator.translate(requests).regions)).toBe(translator.text(requests));
});
