import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const source = fileURLToPath(new URL("../../src/", import.meta.url));

/** Where a guest, its devices and its machine are described, and what stands for one in tests. */
const homes = /^(isa|machine\/(virt|pc)|hardware\/devices)\/|\/testing\/|\.test\.ts$/;

/** What puts a program together names the parts; that is all it may do. */
const roots: ReadonlyMap<string, string> = new Map([
  ["machine/boards.ts", "the list of boards"],
  ["hardware/index.ts", "the list of devices"],
  ["worker/interpreters.ts", "the list of the page's assets"],
  ["worker/demo.ts", "the machine of the site's own guest"],
]);

/** What only one guest has, and where it is asked for instead. */
const words: readonly (readonly [RegExp, string])[] = [
  [/\b(arm64|aarch64|A64|cortex-\w+|x86(_64|-64)?|amd64)\b/i, "a guest's name comes from `boards` or `Guest.name`"],
  [/\bvirt\b/, "a board's name comes from `boards` or the configuration"],
  [/\bEL[0-3][ht]?\b|\w_EL[0-3]\b/, "levels of privilege are GuestDebug.privilege()'s"],
  [/\b(PSTATE|CPSR|SPSR|ELR|NZCV|DAIF|[XW](29|30))\b/i, "registers are GuestDebug.registers' and systemRegisters'"],
  [/\bR_AARCH64|\bEM_[A-Z]|ARM\\x64/, "what a kernel looks like is GuestDebug.linux's and BoardType.isKernel's"],
  [/\b(pl0\d\d|gic(v\d\w*)?|psci|i8259|i8254|lapic|ioapic)\b/i, "devices are the board's"],
  [/\btty(AMA|S)\d/, "a serial port's name is BoardType.console"],
  [/&\s*~(0x)?3n?\b|\b4n\b|\b4 \* lines\b|\blines \* 4\b/, "instruction lengths are GuestDebug.instructionBytes'"],
];

/** What a text says of one guest: lines, with the reason why not. */
function saidOfOneGuest(text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    words.flatMap(([word, instead]) => {
      const found = word.exec(line)?.[0];
      return found === undefined ? [] : [`line ${index + 1}: "${found}": ${instead}`];
    }),
  );
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(ts|css)$/.test(file) && !homes.test(file))
  .sort();

describe("above isa/ and the boards", () => {
  it("nothing is said of one guest", () => {
    const said = files
      .filter((file) => !roots.has(file))
      .flatMap((file) => saidOfOneGuest(readFileSync(join(source, file), "utf8")).map((line) => `${file}: ${line}`));
    expect(said).toEqual([]);
  });

  it("what puts a program together does name its parts", () => {
    for (const file of roots.keys()) {
      expect(files).toContain(file);
      expect(saidOfOneGuest(readFileSync(join(source, file), "utf8")), file).not.toEqual([]);
    }
  });

  it.each([
    'const name = "interpreter-arm64.wasm";',
    'if (board === "virt") return;',
    'privilege === "EL1"',
    'registerNamed(debug, "ESR_EL1")',
    "// The PSTATE of the guest.",
    'readRegister("x30")',
    "const word = address & ~3n;",
    "address += 4n;",
    "from + BigInt(lines * 4)",
    'append: "console=ttyAMA0"',
    "the pl011's receiver",
    "aarch64: { machine: 183 }",
  ])("this would be found: %s", (line) => {
    expect(saidOfOneGuest(line)).toHaveLength(1);
  });

  it.each(["virtual address", "a virtio disk", "const magic = 0x400n;", "logic", "popstate", "const EL = 1;"])(
    "this is no guest's: %s",
    (line) => expect(saidOfOneGuest(line)).toEqual([]),
  );
});
