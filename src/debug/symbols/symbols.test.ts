import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linux } from "../../isa/arm64/linux.ts";
import { linux as pc } from "../../isa/x86/linux.ts";
import type { Machine } from "../../machine/index.ts";
import { writeSymbolFile } from "./elf.ts";
import { KernelSymbols } from "./kallsyms.ts";
import { SymbolTable } from "./table.ts";

/** A machine that is nothing but RAM. */
function ram(bytes: Uint8Array): Machine {
  const pages = {
    pageBytes: 4096,
    count: bytes.length / 4096,
    view: (page: number) => bytes.subarray(page * 4096, (page + 1) * 4096),
  };
  const configuration = { ramBytes: bytes.length };
  return { pages, configuration, position: 0, debug: { linux } } as unknown as Machine;
}

const COUNT = 1200;
const NAMES: Readonly<Record<number, string>> = {
  ...{ 0: "Tstart", 7: "tmiddle_of_it", 8: "Tmiddle", 9: `D${linux.knownPointer.at}`, 10: `T${linux.knownPointer.to}` },
};
const nameOf = (i: number) => NAMES[i] ?? `Dname${i}`;
const offsetOf = (i: number) => (i === 8 ? 0x70 : i * 0x10);

/** How kernels lay their tables out. */
const layouts = {
  "up to 6.3": { pointer: 8, align: 8, last: false, base: true },
  "since 6.4": { pointer: 8, align: 8, last: true, base: true },
  "since 7.2, without a base": { pointer: 8, align: 4, last: true, base: false },
  "of 32 bits, up to 6.3": { pointer: 4, align: 4, last: false, base: true },
  "of 32 bits, since 6.4": { pointer: 4, align: 4, last: true, base: true },
} as const;
type Layout = (typeof layouts)[keyof typeof layouts];

/** Tables of our own in a kernel's layout. What it has at its base is at BASE_AT, where it has no base in its tables. */
function smallKernel(
  base: bigint,
  layout: Layout = layouts["up to 6.3"],
  offset = offsetOf,
  count = COUNT,
): Uint8Array {
  const memory = new Uint8Array((64 + Math.ceil(count / 100)) * 4096);
  const view = new DataView(memory.buffer);
  let at = TABLES;
  const align = () => (at = Math.ceil(at / layout.align) * layout.align);
  const pointer = (value: bigint) => {
    if (layout.pointer === 8) view.setBigUint64(at, value, true);
    else view.setUint32(at, Number(value), true);
    at += layout.pointer;
  };
  const offsets = () => {
    for (let i = 0; i < count; i++, at += 4)
      view.setUint32(at, layout.base ? offset(i) : BASE_AT + offset(i) - at, true);
    align();
    if (!layout.base) at = BASE_AT + offset(9);
    pointer(layout.base ? base : base + BigInt(offset(10)));
  };
  if (!layout.last) offsets();
  view.setUint32((at += layout.align) - layout.align, count, true);
  const markers: number[] = [];
  const names = at;
  for (let i = 0; i < count; i++) {
    if (i % 256 === 0) markers.push(at - names);
    memory[at++] = nameOf(i).length;
    for (const c of nameOf(i)) memory[at++] = c.charCodeAt(0);
  }
  align();
  for (const marker of markers) view.setUint32((at += 4) - 4, marker, true);
  align();
  at += 3 * COUNT;
  align();
  const start = at;
  const index: number[] = [];
  for (let token = 0; token < 256; token++) {
    index.push(at - start);
    // Characters stand for themselves, the others for two letters that these names do not use.
    const text = token > 32 && token < 127 ? String.fromCharCode(token) : "zz";
    for (const c of text) memory[at++] = c.charCodeAt(0);
    at++;
  }
  align();
  for (const offset of index) view.setUint16((at += 2) - 2, offset, true);
  align();
  if (layout.last) offsets();
  return memory;
}
const TABLES = 5 * 4096 - 16;
const BASE_AT = 4096;

describe("kallsyms", () => {
  it.each(Object.keys(layouts) as (keyof typeof layouts)[])("reads the tables of kernels %s", (kind) => {
    const base = layouts[kind].pointer === 8 ? 0xffff800008000000n : 0xc1000000n;
    const table = new KernelSymbols(ram(smallKernel(base, layouts[kind]))).current()!;
    expect(table.size).toBe(COUNT);
    expect(table.find("middle")).toBe(base + 0x70n);
    expect(table.describe(base + 0x78n)).toBe("middle_of_it+0x8");
    expect(table.describe(base - 1n)).toBeUndefined();
    expect(table.symbol(11)).toEqual({ name: "name11", address: base + 0xb0n, type: "D" });
    expect(table.startingWith("mid", 10)).toEqual(["middle_of_it", "middle"]);
  });

  it("reads tables whose offsets take more room than tokens do", () => {
    const count = 50_000;
    const memory = smallKernel(0x1000n, layouts["since 6.4"], offsetOf, count);
    expect(new KernelSymbols(ram(memory)).current()!.size).toBe(count);
  });

  it.each([
    ["up to 6.3", layouts["up to 6.3"]],
    ["since 6.4", layouts["since 6.4"]],
  ])("reads tables whose per-CPU data has no address, and the rest is counted backwards, %s", (_, layout) => {
    // As x86-64 has them up to 6.14.
    const perCpu = 5;
    const offset = (i: number) => (i < perCpu ? 0x100 * i : -1 - offsetOf(i));
    const memory = smallKernel(0xffffffff81000000n, layout, offset);
    const table = new KernelSymbols(ram(memory)).current()!;
    expect(table.size).toBe(COUNT - perCpu);
    expect(table.symbol(0)).toEqual({ name: "name5", address: 0xffffffff81000050n, type: "D" });
    expect(table.find("middle")).toBe(0xffffffff81000070n);
    expect(table.find("name4")).toBeUndefined();
    const rest = smallKernel(0x1000n, layout, (i) => (i === COUNT - 1 ? 1 : offset(i)));
    expect(new KernelSymbols(ram(rest)).current()).toBeUndefined();
  });

  it("reads tables that lie far from the start of memory, wherever their digits stand", () => {
    const memory = new Uint8Array(40 << 20);
    memory.set(smallKernel(0x1000n), 36 << 20);
    expect(new KernelSymbols(ram(memory)).current()!.find("start")).toBe(0x1000n);
  });

  it("notices that the kernel has moved or gone, and only then reads again", () => {
    const memory = smallKernel(0x1000n);
    const symbols = new KernelSymbols(ram(memory));
    const before = symbols.current()!;
    expect(symbols.current()).toBe(before);
    memory.set(smallKernel(0x5000n));
    expect(symbols.current()!.find("start")).toBe(0x5000n);
    memory.set(smallKernel(0x1000n));
    expect(symbols.current()).toBe(before);
    memory.fill(0);
    expect(symbols.current()).toBeUndefined();
  });

  it.each([0xffff800008000000n, 0xc1000000n])(
    "remembers a kernel at %x where there is none, and names no firmware by it",
    (base) => {
      const memory = smallKernel(base);
      const symbols = new KernelSymbols(ram(memory));
      expect(symbols.current()!.find("middle")).toBe(base + 0x70n);
      memory.fill(0);
      expect(symbols.latest()!.find("middle")).toBe(base + 0x70n);
      for (const firmware of [0x7c00n, 0xfe05bn, 0x3fef_0000n, 0xffff_fff0n])
        expect(symbols.latest()!.describe(firmware)).toBeUndefined();
    },
  );

  it("gives up on memory that is full of what looks like tables", () => {
    const memory = new Uint8Array(4 << 20);
    const digits = Uint8Array.from("0123456789".split("").flatMap((c) => [c.charCodeAt(0), 0]));
    for (let at = 0; at + digits.length <= memory.length; at += digits.length) memory.set(digits, at);
    const machine = ram(memory);
    let looks = 0;
    const view = machine.pages.view.bind(machine.pages);
    machine.pages.view = (page) => {
      if (++looks > 100 * machine.pages.count) throw new Error("searches for ever");
      return view(page);
    };
    expect(new KernelSymbols(machine).current()).toBeUndefined();
  });

  it("finds nothing in other memory, and does not fail on damaged tables", () => {
    expect(new KernelSymbols(ram(new Uint8Array(16 * 4096))).current()).toBeUndefined();
    let x = 12345;
    const random = () => (x = (x * 1103515245 + 12345) >>> 0) >>> 8;
    for (let round = 0; round < 300; round++) {
      const memory = smallKernel(0x1000n);
      for (let i = 0; i < 20; i++) memory[TABLES + (random() % 24000)] = random();
      const table = new KernelSymbols(ram(memory)).current();
      if (table) expect(table.size).toBeGreaterThan(0);
    }
  });
});

const image = join(import.meta.dirname, "../../../.cache/guest/Image");

describe.skipIf(!existsSync(image))("Debian's kernel", () => {
  const bytes = existsSync(image) ? readFileSync(image) : new Uint8Array();
  const memory = new Uint8Array(96 << 20);
  memory.set(bytes, 2 << 20);

  it("shows its symbols before it has run, at their link addresses", () => {
    const table = new KernelSymbols(ram(memory)).current()!;
    expect(table.size).toBeGreaterThan(40_000);
    expect(table.base).toBe(0xffff800008010000n);
    const start = table.find("start_kernel")!;
    expect(table.describe(start + 4n)).toBe("start_kernel+0x4");
    expect(new KernelSymbols(ram(memory)).place()).toEqual({ relocated: false, offset: undefined });
  });

  it("shows its code before it is mapped", () => {
    const symbols = new KernelSymbols({
      ...ram(memory),
      debug: { linux, translate: () => undefined },
    } as unknown as Machine);
    const table = symbols.current()!;
    // A function begins with two NOPs that can be patched.
    expect(symbols.read(table, table.find("vfs_write")!, 8)).toEqual(
      Uint8Array.of(0x1f, 0x20, 3, 0xd5, 0x1f, 0x20, 3, 0xd5),
    );
    expect(symbols.read(table, table.base + (1n << 40n), 8)).toBeUndefined();
    expect(symbols.read(table, table.base - (1n << 40n), 8)).toBeUndefined();
  });
});

describe("where a kernel runs", () => {
  it("is not known before it has relocated itself", () => {
    expect(new KernelSymbols(ram(smallKernel(0n))).place()).toBeUndefined();
  });

  it("is told by its notes for crash dumps", () => {
    const kernel = smallKernel(0xffff8000_0a81_0000n);
    const symbols = () => new KernelSymbols(ram(kernel)).place();
    expect(symbols()).toEqual({ relocated: true, offset: undefined });
    kernel.set(
      new TextEncoder().encode("KERNELOFFSET=%lx\n\nKERNELOFFSET=zz\nX=1\nKERNELOFFSET=2800000\n"),
      60 * 4096 - 8,
    );
    expect(symbols()).toEqual({ relocated: true, offset: 0x280_0000n });
  });
});

const gdb = "/usr/bin/gdb-multiarch";

describe("a symbol table", () => {
  it("names nothing behind the end of the code", () => {
    const names = ["last", "_etext", "__end", "_sinittext", "_einittext"];
    const table = new SymbolTable(0n, Uint32Array.of(0, 0x10, 0x10, 0x1000, 0x2000), names, "tTTTT");
    expect(table.describe(0xcn)).toBe("last+0xc");
    expect(table.describe(0x10n)).toBe("_etext");
    expect(table.describe(0x11n)).toBeUndefined();
    expect(table.describe(0x1004n)).toBe("_sinittext+0x4");
    expect(table.find("_etext")).toBe(0x10n);
  });

  it("looks the caller up before a return address, which may belong to the next function", () => {
    const table = new SymbolTable(0x1000n, Uint32Array.of(0, 0x20, 0x40), ["dies", "next", "_etext"], "TTT");
    expect(table.describeReturn(0x1020n)).toBe("dies+0x20");
    expect(table.describeReturn(0x1024n)).toBe("next+0x4");
    expect(table.describeReturn(0x1000n)).toBeUndefined();
    expect(table.describeReturn(0x1040n)).toBe("next+0x20");
  });
});

describe.skipIf(!existsSync(gdb))("the symbol file", () => {
  it.each([
    ["aarch64", linux, 0xffff800008000000n],
    ["i386:x86-64", pc.x86_64, 0xffffffff81000000n],
    ["i386", pc.i386, 0xc1000000n],
  ])("is one that gdb reads, for %s", (architecture, format, base) => {
    const table = new SymbolTable(
      base,
      Uint32Array.of(0, 0x100, 0x100, 0x1000, 0x2000),
      ["_text", "start_kernel", "local_thing", "_etext", "jiffies"],
      "TTtTD",
    );
    const address = (offset: bigint): string => `0x${(base + offset).toString(16)}`;
    const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    try {
      const file = join(folder, "symbols.elf");
      writeFileSync(file, writeSymbolFile(table, format));
      const commands = [
        `file ${file}`,
        "info address start_kernel",
        `info symbol ${address(0x104n)}`,
        `info symbol ${address(0x2000n)}`,
        `info symbol ${address(0x1800n)}`,
        "show architecture",
      ];
      const out = execFileSync(gdb, ["-nx", "-batch", ...commands.flatMap((c) => ["-ex", c])], { encoding: "utf8" });
      expect(out).toContain(`Symbol "start_kernel" is at ${address(0x100n)}`);
      expect(out).toContain("start_kernel + 4 in section .text");
      expect(out).toContain("jiffies in section .text");
      expect(out).toContain(`"${architecture}"`);
      expect(out).not.toContain("_etext");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
