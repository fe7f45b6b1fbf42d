import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.ts";
import { boards } from "./boards.ts";
import { commonConfiguration } from "./configuration.ts";

const virt = boards.named("virt");
const configuration = {
  ...{ board: "virt", cpu: "cortex-a53", ramBytes: 2 ** 26, shift: 0, append: "" },
  ...{ reboot: true, randomness: true, semantics: 5 },
};
/** Never asked for: what is wrong is found before. */
const interpreter = {} as WebAssembly.Module;

describe("the boards", () => {
  it("are told by name, in one line when there is none", () => {
    expect(boards.all).toContain(virt);
    for (const name of ["q35", "toString", "__proto__", "x\ny\u001b[31m", "x".repeat(1000)])
      expect(() => boards.named(name)).toThrow(
        /^machine type '[ -~]{1,32}' is not available here; there is virt or pc$/,
      );
  });

  it("are those of QEMU's programs", () => {
    const names = (system: string | undefined) => boards.of(system).map(({ name }) => name);
    expect(["aarch64", "x86_64", "i386", "toString", undefined].map(names)).toEqual([
      ["virt"],
      ["pc"],
      ["pc"],
      [],
      ["virt", "pc"],
    ]);
  });

  it("take another one, for as long as it is wanted", () => {
    const registered = boards.register({ ...virt, name: "other" });
    expect(boards.find("other")).toBeDefined();
    expect(() => boards.register({ ...virt, name: "other" })).toThrow("two boards are called other");
    registered.dispose();
    expect(boards.find("other")).toBeUndefined();
  });

  it("make no machine of a bad configuration, or with images that it does not take", () => {
    const make = (change: object, images = {}) =>
      boards.create({ configuration: { ...configuration, ...change }, images, interpreter });
    expect(() => make({ board: "other" })).toThrow(UserError);
    expect(() => make({ ramBytes: 1 })).toThrow(/^RAM of 1 bytes/);
    expect(() => make({}, { disk: new Uint8Array() })).toThrow("the virt machine takes no disk");
  });

  it("make a machine that has the very configuration: by it a recording's header is known to be the machine's", () => {
    let made: unknown;
    const create = (parts: { readonly configuration: unknown }): never => {
      made = parts.configuration;
      return undefined as never;
    };
    const registered = boards.register({
      ...virt,
      name: "other",
      configuration: v.strictObject(commonConfiguration.entries),
      create,
    });
    const given = { ...configuration, board: "other" };
    boards.create({ configuration: given, images: {}, interpreter });
    registered.dispose();
    expect(made).toBe(given);
  });
});
