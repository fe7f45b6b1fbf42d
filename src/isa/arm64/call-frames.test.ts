import { describe, expect, it } from "vitest";
import { assemble } from "../../../tests/differential/toolchain.ts";
import { callFrames } from "./call-frames.ts";

/** "offset: cfa; saved registers": what holds from each instruction on where something changes. */
async function rowsOf(source: string): Promise<{ rows: string[]; interrupts: boolean }> {
  const code = await assemble(`_start: ${source}`, 0x1000);
  const { rows, interrupts } = callFrames(code);
  const name = (register: number): string => (register === 31 ? "sp" : `x${register}`);
  return {
    rows: rows.map(({ offset, cfa, saved, outermost }) => {
      const places = saved.map((s) => `${name(s.register)}@${s.offset}`).join(" ");
      return `${offset}: ${name(cfa.register)}+${cfa.offset}${places && "; "}${places}${outermost ? "; outermost" : ""}`;
    }),
    interrupts,
  };
}

describe("call frames", () => {
  it("follow a prologue behind NOPs, and an early way out behind the epilogue", async () => {
    const { rows, interrupts } = await rowsOf(`
        nop
        nop
        cbz x0, 1f
        stp x29, x30, [sp, #-32]!
        mov x29, sp
        str x19, [sp, #16]
        bl .
        ldr x19, [sp, #16]
        ldp x29, x30, [sp], #32
        ret
     1: mov x0, #1
        ret`);
    expect(rows).toEqual([
      "0: sp+0",
      "16: sp+32; x29@-32 x30@-24",
      "20: x29+32; x29@-32 x30@-24",
      "24: x29+32; x29@-32 x30@-24 x19@-16",
      "32: x29+32; x29@-32 x30@-24",
      "36: sp+0",
      "40: sp+0",
    ]);
    expect(interrupts).toBe(false);
  });

  it("follow a large frame, and code that only a table of jumps leads to", async () => {
    const { rows } = await rowsOf(`
        sub sp, sp, #0x60
        stp x29, x30, [sp, #0x50]
        add x29, sp, #0x50
        br x1
        mov x0, #0
        ldp x29, x30, [sp, #0x50]
        add sp, sp, #0x60
        ret`);
    expect(rows.slice(0, 4)).toEqual(["0: sp+0", "4: sp+96", "8: sp+96; x29@-16 x30@-8", "12: x29+16; x29@-16 x30@-8"]);
  });

  it("know where an exception came from, and where no one did", async () => {
    const entry = await rowsOf(`
        stp x22, x23, [sp, #176]
        stp x29, x22, [sp, #304]
        add x29, sp, #304
        bl .
        b .`);
    expect(entry.interrupts).toBe(true);
    expect(entry.rows.at(-1)).toMatch(/^12: x29\+16; .*x29@-16 x30@-8$/);
    const user = await rowsOf(`
        stp xzr, xzr, [sp, #304]
        add x29, sp, #304
        bl .
        b .`);
    expect(user.interrupts).toBe(false);
    expect(user.rows.at(-1)).toBe("8: x29+16; x29@-16 x30@-8; outermost");
  });

  it("know that another stack is in use, and that a thread's beginning has no caller", async () => {
    const other = await rowsOf(`
        stp x29, x30, [sp, #-16]!
        mov x29, sp
        mov sp, x2
        blr x1
        mov sp, x29
        ldp x29, x30, [sp], #16
        ret`);
    expect(other).toEqual({
      interrupts: true,
      rows: expect.arrayContaining(["8: x29+16; x29@-16 x30@-8", "24: sp+0"]) as unknown,
    });
    expect((await rowsOf("bl .\nblr x19\nnop")).rows.at(-1)).toMatch(/outermost$/);
  });

  it("take memory that is no code any more for a function with a frame record, whatever its length", () => {
    expect(callFrames(new Uint8Array(64).fill(0xcc)).rows).toMatchObject([{ cfa: { register: 29, offset: 16 } }]);
    for (const length of [0, 1, 4, 6]) expect(() => callFrames(new Uint8Array(length).fill(0xff))).not.toThrow();
    const noise = new Uint8Array(4096);
    for (let seed = 1, i = 0; i < noise.length; i++) noise[i] = (seed = (seed * 1103515245 + 12345) >>> 0) >>> 16;
    expect(callFrames(noise).rows.length).toBeGreaterThan(0);
  });
});
