import { describe, expect, it } from "vitest";
import { Decoder, enumerateHandlers, findOverlaps } from "../index.ts";
import { arm64 } from "./index.ts";
import { systemOperations } from "./system-operations.ts";
import { systemRegisters } from "./system-registers.ts";

describe("the A64 table", () => {
  it("has no overlapping rows", () => {
    const names = findOverlaps(arm64.instructions).map(([a, b]) => `${a.name} / ${b.name}`);
    expect(names).toEqual([]);
  });

  it("has at most 4,000 handlers", () => {
    expect(enumerateHandlers(arm64.instructions).length).toBeLessThanOrEqual(4000);
  });

  it("reaches every row through the decoder", () => {
    const decoder = new Decoder(arm64.instructions);
    for (const insn of arm64.instructions.filter((i) => /^(MRS|MSR|DC|IC|AT|TLBI|WFI|HINT|ERET|SVC)/.test(i.name))) {
      // The fields all ones: allocated in all these rows.
      const word = (insn.pattern.value | ~insn.pattern.mask) >>> 0;
      expect(decoder.row(word)?.name).toBe(insn.name);
    }
  });
});

describe("the table of system registers", () => {
  it("has no encoding twice", () => {
    const encodings = [...systemRegisters, ...systemOperations].map(({ encoding }) => encoding.join(","));
    expect(new Set(encodings).size).toBe(encodings.length);
  });

  it("has no name twice", () => {
    const names = systemRegisters.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("gives the whole space of feature registers", () => {
    const encodings = new Set(systemRegisters.map(({ encoding }) => encoding.join(",")));
    for (let crm = 1; crm < 8; crm++) {
      for (let op2 = 0; op2 < 8; op2++) expect(encodings.has(`3,0,0,${crm},${op2}`)).toBe(true);
    }
  });
});
