import { expect, it } from "vitest";
import { linux } from "../../isa/arm64/linux.ts";
import { UserError } from "../../base/index.ts";
import { Random } from "../../timetravel/testing/random.ts";
import { writeSymbolFile } from "./elf.ts";
import type { FileParts } from "./file-parts.ts";
import { SymbolFile } from "./symbol-file.ts";
import { SymbolTable } from "./table.ts";

const linked = 0xffff_8000_0800_0000n;
const running = 0xffff_8000_1234_0000n;

/** A guest's own symbols, functions only. `apart`: bytes between them, which is another kernel. */
function guest(base: bigint, apart = 64): SymbolTable {
  const names = ["_stext", "start_kernel", ...Array.from({ length: 300 }, (_, n) => `function_${n}`), "_etext"];
  return new SymbolTable(
    base,
    Uint32Array.from(names, (_, at) => at * apart),
    names,
    "T".repeat(names.length),
  );
}

function file(bytes: Uint8Array, name = "vmlinux"): FileParts {
  return { name, size: bytes.length, read: async (start, end) => bytes.slice(start, end) };
}

const map = (table: SymbolTable): string =>
  Array.from({ length: table.size }, (_, at) => {
    const { address, type, name } = table.symbol(at);
    return `${address.toString(16)} ${type} ${name}\n`;
  }).join("");
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
// As in a file of the kernel's build, which begins before the symbols that the kernel knows itself.
const data =
  "ffff800007ff0000 T _text\nffff800009120080 D jiffies\n0000000000000010 A an_offset\nffff800008000040 t $x\n";

it("names data from a System.map, where KASLR has put the kernel", async () => {
  const symbols = (await SymbolFile.read(file(text(map(guest(linked)) + data), "System.map")))!;
  const table = symbols.forGuest(guest(running));
  expect(table.find("jiffies")).toBe(running + 0x112_0080n);
  expect(table.find("an_offset")).toBeUndefined();
  expect(table.describe(running + 0x44n)).toBe("start_kernel+0x4");
  expect(symbols.forGuest(guest(running))).toBe(table);
  expect(symbols.forGuest(guest(linked)).find("jiffies")).toBe(linked + 0x112_0080n);
});

it("reads the ELF file that we write", async () => {
  const own = guest(linked);
  const symbols = (await SymbolFile.read(file(writeSymbolFile(own, linux))))!;
  expect(symbols.size).toBe(own.size);
  const table = symbols.forGuest(guest(running));
  for (let at = 0; at < own.size; at++)
    expect(table.find(own.symbol(at).name)).toBe(own.symbol(at).address - linked + running);
});

it("refuses another kernel's in one line", async () => {
  const symbols = (await SymbolFile.read(file(writeSymbolFile(guest(linked, 68), linux))))!;
  expect(() => symbols.forGuest(guest(linked))).toThrow(
    "vmlinux is of another kernel than the one in this machine: its functions are elsewhere",
  );
});

it("leaves alone what holds no Linux kernel's symbols", async () => {
  const firmware = new SymbolTable(0x4000_0000n, Uint32Array.of(0, 8), ["_text", "main"], "TT");
  for (const bytes of [
    new Uint8Array(),
    text("GIF89a"),
    text("deadbeef is not a map\n"),
    text("ffff800008000000 T _stext\n"),
    writeSymbolFile(firmware, linux),
  ])
    expect(await SymbolFile.read(file(bytes))).toBeUndefined();
});

it("does not fail on damaged files, and gives no symbol a place that it does not have", async () => {
  const whole = writeSymbolFile(guest(linked), linux);
  const random = new Random(1);
  for (let round = 0; round < 400; round++) {
    const bytes = whole.slice(0, round % 4 === 0 ? random.between(0, whole.length) : whole.length);
    // Mostly where it hurts: the header, and the section headers at the end.
    for (let count = 0; count < 3 && bytes.length > 0; count++) {
      const near = random.between(0, Math.min(400, bytes.length - 1));
      bytes[round % 2 ? near : bytes.length - 1 - near] = random.between(0, 255);
    }
    try {
      (await SymbolFile.read(file(bytes)))?.forGuest(guest(running));
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
  }
});
