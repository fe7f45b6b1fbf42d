import { describe, expect, it } from "vitest";
import type { DebugView, StateField } from "../index.ts";
import { reset, state, X86Debug } from "./index.ts";
import { CODE_16, CODE_64 } from "./modes.ts";
import { CS, RBP, RSP, SS, systemSlot } from "./state.ts";

/** A state, and memory that is mapped where it is. */
class FakeView implements DebugView {
  readonly values = new Map<string, bigint>();
  readonly memory = new Uint8Array(0x4000);

  constructor() {
    reset((field, value, index) => this.write(field, value, index));
  }
  read(field: StateField, index = 0): bigint {
    return this.values.get(`${field.name}.${index}`) ?? 0n;
  }
  write(field: StateField, value: bigint, index = 0): void {
    this.values.set(`${field.name}.${index}`, BigInt.asUintN(8 * field.size, value));
  }
  readVirtual(address: bigint, length: number): Uint8Array | undefined {
    const at = Number(address);
    return at + length <= this.memory.length ? this.memory.subarray(at, at + length) : undefined;
  }
  readPhysical(address: number, length: number): Uint8Array | undefined {
    return this.readVirtual(BigInt(address), length);
  }
  translate(address: bigint): number | undefined {
    return this.read(state.supervisor) === 1n ? Number(address) : undefined;
  }
  host(): bigint {
    return 0n;
  }
  position(): number {
    return 0;
  }
  nowNs(): number {
    return 0;
  }
  word(at: number, value: bigint): void {
    new DataView(this.memory.buffer).setBigUint64(at, value, true);
  }
}

const value = (debug: X86Debug, name: string): bigint => {
  const { number } = debug.registers.find((register) => register.name === name)!;
  return debug.readRegister(number).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
};
function set(debug: X86Debug, name: string, to: bigint): void {
  const { number, bits } = debug.registers.find((register) => register.name === name)!;
  const bytes = Uint8Array.from({ length: bits / 8 }, (_, n) => Number((to >> BigInt(8 * n)) & 0xffn));
  debug.writeRegister(number, bytes);
}

it("tells page tables that lead to themselves, and ends", () => {
  const view = new FakeView();
  const write = (slot: "CR0" | "CR3" | "EFER", value: bigint) => view.write(state.system, value, systemSlot[slot]);
  write("CR0", 0x8000_0001n);
  write("CR3", 0x1000n);
  write("EFER", 0x500n);
  for (let entry = 0; entry < 512; entry++) view.word(0x1000 + 8 * entry, 0x1003n);
  for (const name of ["mem", "tlb"]) {
    const report = new X86Debug(view, "x86_64").reports.find((one) => one.name === name)!;
    expect(() => report.text()).toThrow("more than 2048 page tables");
  }
});

describe("registers as debuggers see them", () => {
  it("have QEMU's numbers: RIP 16, EFLAGS 17, CS 18", () => {
    const { registers, pcRegister } = new X86Debug(new FakeView(), "x86_64");
    expect([pcRegister, registers[17]!.name, registers[18]!.name, registers.length]).toEqual([16, "eflags", "cs", 66]);
    expect(new X86Debug(new FakeView(), "i386").registers.length).toBe(50);
  });

  it("have an offset for a program counter; the machine's is linear", () => {
    const view = new FakeView();
    const debug = new X86Debug(view, "x86_64");
    expect([value(debug, "rip"), view.read(state.pc)]).toEqual([0xfff0n, 0xffff_fff0n]);
    set(debug, "rip", 0x1234n);
    expect(view.read(state.pc)).toBe(0xffff_1234n);
    set(debug, "cs", 0x100n);
    expect([view.read(state.segmentBase, CS), view.read(state.pc), value(debug, "rip")]).toEqual([
      0x1000n,
      0x2234n,
      0x1234n,
    ]);
  });

  it("that are written are read back", () => {
    const debug = new X86Debug(new FakeView(), "x86_64");
    const written: readonly (readonly [string, bigint])[] = [
      ["eflags", 0x0000_0ed7n],
      ["st3", 0x4000_c90f_daa2_2168_c235n],
      ["xmm15", (1n << 127n) | 5n],
      ["mxcsr", 0x1fa0n],
      ["ftag", 0xfffcn],
      ["cr3", 0x5000n],
    ];
    for (const [name, to] of written) set(debug, name, to);
    for (const [name, to] of written.filter(([name]) => name !== "ftag")) expect(value(debug, name), name).toBe(to);
    // A physical register whose number is not the stack's is a special value or none.
    expect(value(debug, "ftag") & 3n).not.toBe(3n);
  });

  it("stop at addresses as debuggers know them, wherever the state's own program counter is behind", () => {
    const view = new FakeView();
    const debug = new X86Debug(view, "x86_64");
    view.write(state.segmentBase, 0xf_0000n, CS);
    expect(debug.stopsAt(new Set([0xe05bn]), 0xf_e05bn)).toBe(true);
    expect(debug.stopsAt(new Set([0xf_e05bn]), 0xf_e05bn)).toBe(true);
    expect(debug.stopsAt(new Set([0xe05bn]), 0xe_e05bn)).toBe(false);
  });

  it("translates for debuggers as for the supervisor, and leaves the state as it was", () => {
    const view = new FakeView();
    expect(new X86Debug(view, "x86_64").translate(0x3000n)).toBe(0x3000);
    expect(view.read(state.supervisor)).toBe(0n);
  });
});

// Regression: the page took the first word for the mnemonic, and showed "rep" of "movsl (%rsi),(%rdi)".
it.each([
  [[0xf3, 0xa5], "rep movsl", "rep movsl (%rsi), %es:(%rdi)"],
  [[0xf0, 0x0f, 0xc1, 0x03], "lock xaddl", "lock xaddl %eax, (%rbx)"],
  [[0x89, 0xd8], "movl", "movl %ebx, %eax"],
  [[0xf4], "hlt", "hlt"],
])("tells an instruction's mnemonic with its prefixes: %o", (bytes, mnemonic, text) => {
  const view = new FakeView();
  view.write(state.mode, BigInt(CODE_64));
  expect(new X86Debug(view, "x86_64").disassemble(0n, Uint8Array.from(bytes))).toMatchObject({ mnemonic, text });
});

// Regression: with CS still that of the reset, firmware below 1 MB branched to 0xffffd09c.
it.each([
  ["where CS is", 0xffff_0000n, 0xffff_e062n, "jne 0xffffd09c"],
  ["in another segment", 0xffff_0000n, 0xf_e062n, "jne 0xfd09c"],
  ["over the segment's end", 0xf_0000n, 0xf_0010n, "jne 0xff04a"],
])("16-bit code branches within its segment: %s", (_what, base, address, text) => {
  const view = new FakeView();
  view.write(state.mode, BigInt(CODE_16));
  view.write(state.segmentBase, base, CS);
  const code = Uint8Array.of(0x0f, 0x85, 0x36, 0xf0);
  expect(new X86Debug(view, "x86_64").disassemble(address, code)).toMatchObject({ text });
});

describe("callers", () => {
  /** A call of five bytes ends at 1005, one through a register at 2002. */
  function called(): { view: FakeView; debug: X86Debug } {
    const view = new FakeView();
    view.write(state.mode, BigInt(CODE_64));
    view.memory.set([0xe8, 0, 0, 0, 0], 0x1000);
    view.memory.set([0xff, 0xd0], 0x2000);
    view.write(state.segmentBase, 0n, SS);
    view.write(state.r, 0x3000n, RSP);
    return { view, debug: new X86Debug(view, "x86_64") };
  }

  it("are found by frame pointers, as far as these lead up to calls", () => {
    const { view, debug } = called();
    view.write(state.r, 0x3010n, RBP);
    view.word(0x3010, 0x3040n);
    view.word(0x3018, 0x1005n);
    view.word(0x3040, 0n);
    view.word(0x3048, 0x2002n);
    expect(debug.backtrace(10)).toEqual([0x1005n, 0x2002n]);
    const caller = debug.caller()!;
    expect([caller.address, caller.isNext()]).toEqual([0x1000n, false]);
    view.write(state.pc, 0x1000n);
    view.write(state.r, 0x3020n, RSP);
    expect(caller.isNext()).toBe(true);
  });

  it("without frames are what lies behind calls, and are not said to be known", () => {
    const { view, debug } = called();
    view.write(state.r, 0x77n, RBP);
    view.word(0x3008, 0x1005n);
    view.word(0x3010, 0x1006n);
    view.word(0x3020, 0x2002n);
    expect(debug.backtrace(10)).toEqual([]);
    expect(debug.possibleReturns(10)).toEqual([0x1005n, 0x2002n]);
    expect(debug.caller()).toBeUndefined();
  });
});
