import { expect, it } from "vitest";
import { integer, packaged, packageLength } from "./encoding.ts";
import { nameString } from "./names.ts";
import { eisaId, field, io, less, local, resources, store } from "./index.ts";

/** Examples of the ACPI specification, chapters 20 and 6.4. */
const bytes = (hex: string): number[] => (hex.match(/../g) ?? []).map((digits) => parseInt(digits, 16));
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

it("a package's length counts itself, in as few bytes as hold it", () => {
  expect(packaged([0xa0], zeros(62)).slice(0, 2)).toEqual(bytes("a03f"));
  expect(packaged([0xa0], zeros(63)).slice(0, 3)).toEqual(bytes("a04104"));
  expect(packaged([0xa0], zeros(4093)).slice(0, 3)).toEqual(bytes("a04fff"));
  expect(packaged([0xa0], zeros(4094)).slice(0, 4)).toEqual(bytes("a0810001"));
  expect(packageLength(63)).toEqual([63]);
  expect(packageLength(64)).toEqual(bytes("4004"));
});

it("constants, names and ids", () => {
  expect([0, 1, 2, 0x100, 0x1_0000, 2 ** 32].map((value) => integer(value).length)).toEqual([1, 1, 2, 3, 5, 9]);
  expect(nameString("\\")).toEqual(bytes("5c00"));
  expect(nameString("^X")).toEqual([0x5e, ...bytes("585f5f5f")]);
  expect(nameString("\\_SB.PCI0.S08").slice(0, 3)).toEqual(bytes("5c2f03"));
  expect(() => nameString("lower")).toThrow();
  expect(eisaId("PNP0A03")).toEqual(bytes("0c41d00a03"));
});

it("operators, fields and resources", () => {
  expect(store(less(local(0), "X"), local(1))).toEqual(bytes("709560585f5f5f61"));
  expect(field("R", 1, ["A", 8], [undefined, 120])).toEqual(bytes("5b810e525f5f5f01415f5f5f08004807"));
  expect(resources(io(0x60, 1, 2))).toEqual(bytes("110d0a0a47016000600001027900"));
});
