import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { linux } from "../../isa/arm64/linux.ts";
import { UserError } from "../../base/index.ts";
import { Random } from "../../timetravel/testing/random.ts";
import { writeSymbolFile } from "./elf.ts";
import type { FileParts } from "./file-parts.ts";
import { readElfSymbols } from "./read-elf.ts";
import { SymbolFile } from "./symbol-file.ts";
import { SymbolTable } from "./table.ts";

const llvmMc = "/usr/bin/llvm-mc";
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

/** The same file for 32 bits (ELF32): what of it is read. */
function elf32(table: SymbolTable): Uint8Array {
  const names = ["", ...Array.from({ length: table.size }, (_, at) => table.symbol(at).name)];
  const starts: number[] = [];
  let strings = "";
  for (const name of names) {
    starts.push(strings.length);
    strings += `${name}\0`;
  }
  const symbolsAt = 52;
  const stringsAt = symbolsAt + 16 * names.length;
  const sectionsAt = stringsAt + strings.length;
  const bytes = new Uint8Array(sectionsAt + 4 * 40);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint32(32, sectionsAt, true);
  view.setUint16(46, 40, true);
  view.setUint16(48, 4, true);
  for (let index = 1; index < names.length; index++) {
    const at = symbolsAt + 16 * index;
    view.setUint32(at, starts[index]!, true);
    view.setUint32(at + 4, Number(table.symbol(index - 1).address), true);
    // A global function in the first section.
    view.setUint8(at + 12, 0x12);
    view.setUint16(at + 14, 1, true);
  }
  bytes.set(text(strings), stringsAt);
  const sections = [
    { type: 1, flags: 6, offset: 0, size: 0, link: 0 },
    { type: 2, flags: 0, offset: symbolsAt, size: 16 * names.length, link: 3 },
    { type: 3, flags: 0, offset: stringsAt, size: strings.length, link: 0 },
  ];
  for (const [index, { type, flags, offset, size, link }] of sections.entries()) {
    const at = sectionsAt + 40 * (index + 1);
    for (const [field, value] of [
      [4, type],
      [8, flags],
      [16, offset],
      [20, size],
      [24, link],
    ] as const)
      view.setUint32(at + field, value, true);
  }
  return bytes;
}

it("reads files for 32 bits", async () => {
  const own = guest(0xc100_0000n);
  const symbols = (await SymbolFile.read(file(elf32(own))))!;
  const table = symbols.forGuest(guest(0xd100_0000n));
  expect(symbols.size).toBe(own.size);
  expect(table.find("function_7")).toBe(own.find("function_7")! + 0x1000_0000n);
});

it.skipIf(!existsSync(llvmMc))("reads what an assembler makes for i386", async () => {
  const source = [
    "_text:\n.globl _text",
    ".globl start_kernel\n.type start_kernel, @function\nstart_kernel: nop",
    ".type local, @function\nlocal: ret",
    ".data\n.globl jiffies\n.type jiffies, @object\njiffies: .long 0",
  ];
  const args = ["--triple=i386-linux-gnu", "--filetype=obj", "-o", "-"];
  const bytes = execFileSync(llvmMc, args, { input: `${source.join("\n")}\n` });
  expect(await readElfSymbols(file(new Uint8Array(bytes)))).toEqual(
    expect.arrayContaining([
      { name: "_text", address: 0n, type: "T" },
      { name: "start_kernel", address: 0n, type: "T" },
      { name: "local", address: 1n, type: "t" },
      { name: "jiffies", address: 0n, type: "D" },
    ]),
  );
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
  const wholes = [writeSymbolFile(guest(linked), linux), elf32(guest(0xc100_0000n))];
  const random = new Random(1);
  for (let round = 0; round < 800; round++) {
    const whole = wholes[(round >> 1) & 1]!;
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
