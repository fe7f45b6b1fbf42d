import { hexDigits } from "../../base/index.ts";
import type { Insn, Operand, Value } from "../index.ts";
import { hex, line, x } from "./asm.ts";
import { type A64, insn } from "./emitter.ts";
import { exceptionReturn } from "./exceptions.ts";
import { leaveIfStepping } from "./self-hosted-debug.ts";
import { state } from "./state.ts";
import { systemOperations, type SystemOperation } from "./system-operations.ts";
import type { Encoding, Gate, SystemRegister } from "./system-register.ts";
import { always, systemRegisters } from "./system-registers.ts";
import { selectStack, systemBit } from "./system-state.ts";

const EC_WFX = 0x01;
const EC_SVC = 0x15;
const EC_SYSTEM_REGISTER = 0x18;
const EC_BRK = 0x3c;

const SCTLR_UMA = 9;
const SCTLR_NTWI = 16;

const atEl0 = (e: A64): Value => e.eqz(32, e.read(state.el));

/** Traps an instruction at EL0 with this exception class when a bit of SCTLR_EL1 is 0. */
function trapUnlessSctlr(e: A64, bit: number, ec: number, iss: number | Value): void {
  const trapped = e.eqz(32, e.or(32, e.read(state.el), systemBit(e, "SCTLR_EL1", bit)));
  e.if(trapped, () => e.raise(ec, iss));
}

/** Exception generation: C4.1.66. */
export const exceptionGeneration: readonly Insn<A64>[] = [
  insn("SVC", "11010100 000 imm16:16 00001", [], (e, { imm16 }) => e.raiseReturning(EC_SVC, e.imm(32, imm16)), {
    asm: ({ imm16 }) => line("svc", hex(imm16)),
  }),
  insn(
    "HVC",
    "11010100 000 imm16:16 00010",
    [],
    (e) => {
      e.if(atEl0(e), () => e.undefined());
      // The board's firmware (PSCI); there is no EL2 behind it.
      e.if(e.eqz(32, e.host("hypercall")), () => e.undefined());
      e.leave();
    },
    { asm: ({ imm16 }) => line("hvc", hex(imm16)) },
  ),
  insn("SMC", "11010100 000 imm16:16 00011", [], (e) => e.undefined(), { asm: ({ imm16 }) => line("smc", hex(imm16)) }),
  insn("BRK", "11010100 001 imm16:16 00000", [], (e, { imm16 }) => e.raise(EC_BRK, e.imm(32, imm16)), {
    asm: ({ imm16 }) => line("brk", hex(imm16)),
  }),
  insn("HLT", "11010100 010 imm16:16 00000", [], (e) => e.undefined(), { asm: ({ imm16 }) => line("hlt", hex(imm16)) }),
  insn("DCPS1, DCPS2, DCPS3", "11010100 101 imm16:16 000 ll:2", [], (e) => e.undefined(), {
    allocated: ({ ll }) => ll !== 0,
    asm: ({ ll, imm16 }) => (imm16 ? line(`dcps${ll}`, hex(imm16)) : `dcps${ll}`),
  }),
];

/** The two of the unconditional branches (register) that belong to exceptions. */
export const exceptionReturns: readonly Insn<A64>[] = [
  insn(
    "ERET",
    "1101011 0100 11111 000000 11111 00000",
    [],
    (e) => {
      e.if(atEl0(e), () => e.undefined());
      exceptionReturn(e);
    },
    { asm: () => "eret" },
  ),
  insn("DRPS", "1101011 0101 11111 000000 11111 00000", [], (e) => e.undefined(), { asm: () => "drps" }),
];

/** Names of hints, later architectures' too: software carries them. */
// prettier-ignore
const HINTS: Readonly<Record<number, string>> = {
  0: "nop", 1: "yield", 2: "wfe", 3: "wfi", 4: "sev", 5: "sevl", 7: "xpaclri",
  8: "pacia1716", 10: "pacib1716", 12: "autia1716", 14: "autib1716", 16: "esb", 17: "psb csync", 18: "tsb csync", 20: "csdb",
  24: "paciaz", 25: "paciasp", 26: "pacibz", 27: "pacibsp", 28: "autiaz", 29: "autiasp", 30: "autibz", 31: "autibsp",
  32: "bti", 34: "bti c", 36: "bti j", 38: "bti jc",
};
const WFI = 3;

/** The others do nothing on one Armv8.0 core; WFE too is a step that does nothing. */
const hints: readonly Insn<A64>[] = [
  insn(
    "WFI",
    "1101010100 0 00 011 0010 0000 011 11111",
    [],
    (e) => {
      trapUnlessSctlr(e, SCTLR_NTWI, EC_WFX, 0x1e0_0000);
      e.wait();
    },
    { overlap: "hints", asm: () => "wfi" },
  ),
  insn("HINT", "1101010100 0 00 011 0010 CRm:4 op2:3 11111", [], () => {}, {
    overlap: "hints",
    allocated: ({ CRm, op2 }) => CRm !== 0 || op2 !== WFI,
    asm: ({ CRm, op2 }) => HINTS[(CRm << 3) | op2] ?? line("hint", hex((CRm << 3) | op2)),
  }),
];

// prettier-ignore
const BARRIER_OPTIONS: Readonly<Record<number, string>> = {
  1: "oshld", 2: "oshst", 3: "osh", 5: "nshld", 6: "nshst", 7: "nsh", 9: "ishld", 10: "ishst", 11: "ish", 13: "ld", 14: "st", 15: "sy",
};
const barrierOption = (CRm: number): string => BARRIER_OPTIONS[CRm] ?? `#0x${hexDigits(CRm, 2)}`;
const unless15 = (name: string, CRm: number): string => (CRm === 15 ? name : line(name, hex(CRm)));

/** One core, in order, with nothing cached that a guest could see: barriers have nothing to do. */
const barriers: readonly Insn<A64>[] = [
  insn("CLREX", "1101010100 0 00 011 0011 CRm:4 010 11111", [], (e) => e.write(state.exclusiveSize, e.i32(0)), {
    asm: ({ CRm }) => unless15("clrex", CRm),
  }),
  insn("DSB", "1101010100 0 00 011 0011 CRm:4 100 11111", [], () => {}, {
    asm: ({ CRm }) => (CRm === 0 ? "ssbb" : CRm === 4 ? "pssbb" : line("dsb", barrierOption(CRm))),
  }),
  insn("DMB", "1101010100 0 00 011 0011 CRm:4 101 11111", [], () => {}, {
    asm: ({ CRm }) => line("dmb", barrierOption(CRm)),
  }),
  insn("ISB", "1101010100 0 00 011 0011 CRm:4 110 11111", [], () => {}, { asm: ({ CRm }) => unless15("isb", CRm) }),
];

/** The syndrome of a trapped MSR, MRS or SYS (EC 0x18); `rt` is an i32. */
function systemSyndrome(e: A64, [op0, op1, crn, crm, op2]: Encoding, rt: Value, isRead: 0 | 1): Value {
  const fixed = (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (crm << 1) | isRead;
  return e.or(32, e.i32(fixed), e.shl(32, rt, 5));
}

/** EL0: undefined without a gate, trapped when the gate is shut. */
function checkEl0(e: A64, gate: Gate | undefined, encoding: Encoding, rt: Operand, isRead: 0 | 1): void {
  e.if(atEl0(e), () => {
    if (gate === undefined) return e.undefined();
    e.if(e.eqz(32, gate(e)), () => e.raise(EC_SYSTEM_REGISTER, systemSyndrome(e, encoding, e.imm(32, rt), isRead)));
  });
}

/** MSR (immediate): DAIFSet and DAIFClr at EL0 need SCTLR_EL1.UMA. */
function changeMask(name: string, op2: number, change: (e: A64, old: Value, bits: Value) => Value): Insn<A64> {
  const pattern =
    `1101010100 0 00 011 0100 CRm:4 ${op2.toString(2)} 11111` as "1101010100 0 00 011 0100 CRm:4 110 11111";
  return insn(
    `MSR (immediate) ${name}`,
    pattern,
    [],
    (e, { CRm }) => {
      const bits = e.imm(32, CRm);
      const iss = e.or(32, systemSyndrome(e, [0, 3, 4, 0, op2], e.i32(31), 0), e.shl(32, bits, 1));
      trapUnlessSctlr(e, SCTLR_UMA, EC_SYSTEM_REGISTER, iss);
      e.write(state.daif, change(e, e.read(state.daif), bits));
      e.interruptsChanged();
      leaveIfStepping(e);
    },
    { asm: ({ CRm }) => line("msr", name, hex(CRm)) },
  );
}

const processStateImmediates: readonly Insn<A64>[] = [
  insn(
    "MSR (immediate) SPSel",
    "1101010100 0 00 000 0100 CRm:4 101 11111",
    [],
    (e, { CRm }) => {
      e.if(atEl0(e), () => e.undefined());
      selectStack(e, e.and(32, e.imm(32, CRm), e.i32(1)));
    },
    { asm: ({ CRm }) => line("msr", "spsel", hex(CRm)) },
  ),
  changeMask("daifset", 6, (e, old, bits) => e.or(32, old, bits)),
  changeMask("daifclr", 7, (e, old, bits) => e.and(32, old, e.xor(32, bits, e.i32(0xf)))),
];

type SystemPattern = "1101010100 rt:5";

/** `direction`: 0 writes (MSR, SYS), 1 reads (MRS). */
function systemPattern(direction: 0 | 1, [op0, op1, crn, crm, op2]: Encoding): SystemPattern {
  const bits = (value: number, width: number): string => value.toString(2).padStart(width, "0");
  const fixed = `${direction}${bits(op0, 2)} ${bits(op1, 3)} ${bits(crn, 4)} ${bits(crm, 4)} ${bits(op2, 3)}`;
  return `1101010100 ${fixed} rt:5` as SystemPattern;
}

function operationRow(operation: SystemOperation): Insn<A64> {
  const { name, encoding, operand } = operation;
  return insn(
    name,
    systemPattern(0, encoding),
    [],
    (e, { rt }) => {
      checkEl0(e, operation.el0, encoding, rt, 0);
      operation.run(e, e.gpr(64, rt));
    },
    { asm: ({ rt }) => name.toLowerCase() + (operand ? `, ${x(rt)}` : "") },
  );
}

function registerRows(register: SystemRegister): Insn<A64>[] {
  const { encoding, read, write } = register;
  const name = register.name.toLowerCase();
  const check = (e: A64, gate: Gate | undefined, rt: Operand, isRead: 0 | 1): void => {
    checkEl0(e, gate, encoding, rt, isRead);
    if (register.undefinedWhen) e.if(register.undefinedWhen(e), () => e.undefined());
  };
  const rows: Insn<A64>[] = [];
  if (write) {
    rows.push(
      insn(
        `MSR ${register.name}`,
        systemPattern(0, encoding),
        [],
        (e, { rt }) => {
          if (register.el0Write !== always) check(e, register.el0Write, rt, 0);
          write(e, e.gpr(64, rt));
        },
        { asm: ({ rt }) => line("msr", name, x(rt)) },
      ),
    );
  }
  if (read) {
    rows.push(
      insn(
        `MRS ${register.name}`,
        systemPattern(1, encoding),
        [],
        (e, { rt }) => {
          if (register.el0Read !== always) check(e, register.el0Read, rt, 1);
          e.setGpr(64, rt, read(e));
        },
        { asm: ({ rt }) => line("mrs", x(rt), name) },
      ),
    );
  }
  return rows;
}

/** Hints, barriers, PSTATE, system instructions, system register move: C4.1.66. */
export const system: readonly Insn<A64>[] = [
  ...hints,
  ...barriers,
  ...processStateImmediates,
  ...systemOperations.map(operationRow),
  ...systemRegisters.flatMap(registerRows),
];
