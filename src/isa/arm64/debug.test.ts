import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DebugView, StateField } from "../index.ts";
import { A64Debug, reset, STACK_POINTER, state } from "./index.ts";

class FakeView implements DebugView {
  readonly values = new Map<string, bigint>();
  readonly memory = new Map<bigint, Uint8Array>();

  constructor() {
    reset((field, value, index) => this.write(field, value, index));
  }
  read(field: StateField, index = 0): bigint {
    return this.values.get(`${field.name}${index}`) ?? 0n;
  }
  write(field: StateField, value: bigint, index = 0): void {
    this.values.set(`${field.name}${index}`, value);
  }
  readVirtual(address: bigint): Uint8Array | undefined {
    return this.memory.get(address);
  }
  readPhysical(): undefined {
    return undefined;
  }
  translate(): undefined {
    return undefined;
  }
  readonly calls: string[] = [];
  host(name: string, ...args: bigint[]): bigint | number {
    this.calls.push([name, ...args].join(" "));
    return 5;
  }
  position(): number {
    return 100;
  }
  nowNs(): number {
    return 1600;
  }
  frame(at: bigint, caller: bigint, returnAddress: bigint): void {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setBigUint64(0, caller, true);
    new DataView(bytes.buffer).setBigUint64(8, returnAddress, true);
    this.memory.set(at, bytes);
  }
}

describe("A64Debug", () => {
  it("is described to gdb in a way that gdb accepts", () => {
    const folder = mkdtempSync(join(tmpdir(), "hindsight-tdesc-"));
    const file = join(folder, "target.xml");
    const debug = new A64Debug(new FakeView());
    for (const [annex, text] of debug.targetDescription) writeFileSync(join(folder, annex), text);
    const commands = ["set architecture aarch64", `set tdesc filename ${file}`, "maint print xml-tdesc"];
    const output = execFileSync("gdb-multiarch", ["-nx", "-batch", ...commands.flatMap((c) => ["-ex", c])], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(output).not.toMatch(/warning|error/i);
    expect(output).toContain("org.gnu.gdb.aarch64.fpu");
    expect(output).toMatch(/name="fpcr" bitsize="32"[^>]* regnum="67"/);
  });

  it("describes every system register once, in QEMU's annex", () => {
    const debug = new A64Debug(new FakeView());
    expect(debug.targetDescription.get("target.xml")).toContain('<xi:include href="system-registers.xml"/>');
    const annex = debug.targetDescription.get("system-registers.xml")!;
    expect(annex).toContain('<feature name="org.qemu.gdb.arm.sys.regs">');
    expect(annex).toContain('<reg name="ESR_EL1" bitsize="64" regnum="49808" group="cp_regs" save-restore="no"/>');
    for (const unique of ["name", "number"] as const)
      expect(new Set(debug.systemRegisters.map((r) => r[unique])).size).toBe(debug.systemRegisters.length);
  });

  describe("system registers", () => {
    const build = () => {
      const view = new FakeView();
      const debug = new A64Debug(view);
      const of = (name: string) => debug.systemRegisters.find((r) => r.name === name)!;
      const read = (name: string): bigint =>
        new DataView(debug.readRegister(of(name).number).buffer).getBigUint64(0, true);
      const write = (name: string, value: bigint): void => {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigUint64(0, value, true);
        debug.writeRegister(of(name).number, bytes);
      };
      return { view, debug, of, read, write };
    };

    it("reads all of them without effects", () => {
      const { view, debug } = build();
      const before = new Map(view.values);
      for (const { number } of debug.systemRegisters) expect(debug.readRegister(number)).toHaveLength(8);
      expect(view.values).toEqual(before);
      expect(view.calls.filter((call) => /Write|Changed/.test(call))).toEqual([]);
    });

    it("reads what MRS would, also what is computed", () => {
      const { read } = build();
      expect(read("CURRENTEL")).toBe(4n);
      expect(read("MIDR_EL1")).toBe(0x410fd034n);
      expect(read("CNTVCT_EL0")).toBe(100n);
      expect(read("CNTV_CTL_EL0")).toBe(5n);
      expect(read("DAIF")).toBe(0x3c0n);
      expect(read("SCTLR")).toBe(read("SCTLR_EL1"));
      // The power-on state traps FPCR.
      expect(read("FPCR")).toBe(0n);
    });

    it("knows where the stack pointers are", () => {
      const { view, read, write } = build();
      view.write(state.x, 0x1000n, STACK_POINTER);
      view.write(state.sp, 0x2000n, 0);
      expect([read("SP_EL0"), read("SP_EL1")]).toEqual([0x2000n, 0x1000n]);
      view.write(state.spsel, 0n);
      write("SP_EL0", 0x3000n);
      expect(view.read(state.x, STACK_POINTER)).toBe(0x3000n);
    });

    it("writes what MSR would: masks, and what the board does", () => {
      const { view, of, read, write } = build();
      write("ESR_EL1", 0x1234n);
      expect(read("ESR_EL1")).toBe(0x1234n);
      write("VBAR", 0xffffn);
      expect(read("VBAR_EL1")).toBe(0xffe0n);
      write("CNTV_CVAL_EL0", 7n);
      expect(view.calls).toContain("timerWrite 4 7");
      write("TTBR1_EL1", 0x41000000n);
      expect(read("TTBR1_EL1")).toBe(0x41000000n);
      expect(of("MIDR_EL1").readOnly).toBe(true);
      expect(of("SP_EL0").readOnly).toBeUndefined();
    });
  });

  it("has the registers in gdb's order", () => {
    const { registers } = new A64Debug(new FakeView());
    expect(registers.map((r) => r.number)).toEqual(registers.map((_, i) => i));
    expect(registers.reduce((bytes, r) => bytes + r.bits / 8, 0)).toBe(33 * 8 + 4 + 32 * 16 + 8);
  });

  it("reads and writes registers", () => {
    const view = new FakeView();
    const debug = new A64Debug(view);
    debug.writeRegister(3, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
    expect(view.read(state.x, 3)).toBe(0x0807060504030201n);
    expect([...debug.readRegister(3)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    debug.writeRegister(
      35,
      Uint8Array.from({ length: 16 }, (_, i) => i),
    );
    expect(view.read(state.v, 1)).toBe(0x0f0e0d0c0b0a09080706050403020100n);
  });

  it("packs PSTATE, and banks the stack pointer when its mode changes", () => {
    const view = new FakeView();
    const debug = new A64Debug(view);
    expect([...debug.readRegister(33)]).toEqual([0xc5, 0x03, 0, 0x40]);
    view.write(state.x, 0x1000n, STACK_POINTER);
    view.write(state.sp, 0x2000n, 0);
    debug.writeRegister(33, Uint8Array.from([0, 0, 0, 0x80]));
    expect(debug.privilege()).toBe("EL0");
    expect([...debug.readRegister(33)]).toEqual([0, 0, 0, 0x80]);
    expect(view.read(state.x, STACK_POINTER)).toBe(0x2000n);
    expect(view.read(state.sp, 1)).toBe(0x1000n);
  });

  it("describes the registers as QEMU does", () => {
    const view = new FakeView();
    view.write(state.fpTrapped, 1n);
    expect(new A64Debug(view).describeRegisters().split("\n")).toEqual([
      " PC=0000000000000000 X00=0000000000000000 X01=0000000000000000",
      ...[2, 5, 8, 11, 14, 17, 20, 23, 26].map((n) =>
        [n, n + 1, n + 2].map((r) => `X${String(r).padStart(2, "0")}=0000000000000000`).join(" "),
      ),
      "X29=0000000000000000 X30=0000000000000000  SP=0000000000000000",
      "PSTATE=400003c5 -Z-- EL1h    FPU disabled",
      "",
    ]);
  });

  it("follows frame records until they stop climbing", () => {
    const view = new FakeView();
    view.write(state.x, 0x100n, 29);
    view.frame(0x100n, 0x200n, 0xaaaan);
    view.frame(0x200n, 0x180n, 0xbbbbn);
    expect(new A64Debug(view).backtrace(10)).toEqual([0xaaaan, 0xbbbbn]);
    expect(new A64Debug(view).backtrace(1)).toEqual([0xaaaan]);
  });

  it("finds the caller of a function whose frame record is not there yet, or no longer", () => {
    const view = new FakeView();
    const code = [
      ["paciasp", 0xd503233f, true],
      ["stp x29, x30, [sp, #-16]!", 0xa9bf7bfd, true],
      ["mov x29, sp", 0x910003fd, true],
      ["nop", 0xd503201f, false],
      ["ldp x29, x30, [sp], #16", 0xa8c17bfd, false],
      ["ret", 0xd65f03c0, true],
      ["nop, reached by a branch", 0xd503201f, false],
    ] as const;
    code.forEach(([, word], i) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, word, true);
      view.memory.set(0x1000n + BigInt(4 * i), bytes);
    });
    view.write(state.x, 0x9999n, 30);
    view.write(state.x, 0x100n, 29);
    view.frame(0x100n, 0n, 0xaaaan);
    for (const [i, [text, , frameless]] of code.entries()) {
      view.write(state.pc, 0x1000n + BigInt(4 * i));
      expect(new A64Debug(view).backtrace(9, 0x1000n), text).toEqual(frameless ? [0x9999n, 0xaaaan] : [0xaaaan]);
    }
    view.write(state.pc, 0x1008n);
    view.write(state.x, 0x1004n, 30);
    expect(new A64Debug(view).backtrace(9, 0x1000n), "X30 from its own call").toEqual([0xaaaan]);
    expect(new A64Debug(view).backtrace(9), "start unknown").toEqual([0xaaaan]);
  });

  it("disassembles", () => {
    const debug = new A64Debug(new FakeView());
    expect(debug.disassemble(0n, Uint8Array.from([0x1f, 0x20, 0x03, 0xd5]))).toEqual({
      ...{ text: "nop", mnemonic: "nop" },
      length: 4,
    });
    expect(debug.disassemble(0n, Uint8Array.from([0x20, 0, 0x02, 0x8b]))).toMatchObject({ mnemonic: "add" });
  });
});
