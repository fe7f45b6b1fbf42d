import { assert } from "../../base/index.ts";
import { evaluate, type EvaluatedState, type StateField } from "../index.ts";
import type { DebugView } from "../index.ts";
import { arm64 } from "./guest.ts";
import { STACK_POINTER, state } from "./state.ts";
import type { Encoding, SystemRegister } from "./system-register.ts";
import { systemRegisters } from "./system-registers.ts";
import type { DebugRegister } from "./target-description.ts";

/**
 * System registers as debuggers see them: what MRS would read and MSR do at EL1, by the same descriptions. Their numbers
 * are their encodings, as MRS has them in bits 5 to 20: recordings hold them, so that they must not depend on the table.
 */
interface Entry extends DebugRegister {
  readonly register: SystemRegister;
}

/** Where QEMU leaves the level out of a name, both names work. */
// prettier-ignore
const QEMU_NAMES: readonly string[] = [
  "SCTLR", "CPACR", "VBAR", "AMAIR0", "CNTKCTL", "CSSELR", "CLIDR", "AIDR", "L2ACTLR", "ID_PFR0", "ID_PFR1", "ID_PFR2", "ID_DFR0",
  "ID_DFR1", "ID_AFR0", "ID_MMFR0", "ID_MMFR1", "ID_MMFR2", "ID_MMFR3", "ID_MMFR4", "ID_MMFR5", "ID_ISAR0", "ID_ISAR1", "ID_ISAR2",
  "ID_ISAR3", "ID_ISAR4", "ID_ISAR5", "ID_ISAR6",
];
const ALIAS = 0x1_0000;

/** SP_EL1 has no MRS below EL2; that of SP_EL0 is undefined while it is the stack pointer. */
const stackPointers: readonly SystemRegister[] = [
  { name: "SP_EL0", encoding: [3, 0, 4, 1, 0] },
  { name: "SP_EL1", encoding: [3, 4, 4, 1, 0] },
];
const isStackPointer = ({ name }: SystemRegister): boolean => stackPointers.some((known) => known.name === name);

const packed = ([op0, op1, crn, crm, op2]: Encoding): number =>
  (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;

function entry(register: SystemRegister): Entry {
  const readOnly = register.write === undefined && !isStackPointer(register);
  const { name, encoding } = register;
  return { name, number: packed(encoding), bits: 64, group: "system", register, ...(readOnly ? { readOnly } : {}) };
}

/** Feature registers that have no name are left out, and what can only be written. */
const named = [
  ...stackPointers,
  ...systemRegisters.filter((r) => r.read !== undefined && !/^S3_/.test(r.name) && !isStackPointer(r)),
].map(entry);

const aliases = QEMU_NAMES.map((name): Entry => {
  const full = named.find((r) => r.name === (name === "AMAIR0" ? "AMAIR_EL1" : `${name}_EL1`));
  assert(full, `${name} stands for no register`);
  return { ...full, name, number: full.number + ALIAS };
});

export const debugSystemRegisters: readonly DebugRegister[] = [...named, ...aliases];
const byNumber: ReadonlyMap<number, Entry> = new Map([...named, ...aliases].map((r) => [r.number, r]));

/** SP_EL0 or SP_EL1: the one in use stands elsewhere. */
function stackPlace(view: DebugView, { name }: SystemRegister): [StateField, number] {
  const index = name === "SP_EL0" ? 0 : 1;
  return view.read(state.spsel) === BigInt(index) ? [state.x, STACK_POINTER] : [state.sp, index];
}

/** Without effects: what reading would change, such as an overflow that it notices, is thrown away. */
export function readSystemRegister(view: DebugView, number: number): bigint {
  const { register } = byNumber.get(number)!;
  if (isStackPointer(register)) return view.read(...stackPlace(view, register));
  const written = new Map<string, bigint>();
  const key = (field: StateField, index = 0): string => `${field.name}.${index}`;
  const value = evaluate(
    arm64,
    {
      ...onView(view),
      read: (field, index) => written.get(key(field, index)) ?? readUntrapped(view, field, index),
      write: (field, next, index) => void written.set(key(field, index), next),
      host: (name, ...args) => (arm64.host[name]?.result ? view.host(name, ...args) : undefined),
    },
    register.read!,
  );
  assert(value !== undefined, `${register.name} cannot be read`);
  return value;
}

/** Derived state must be brought up to date afterwards. */
export function writeSystemRegister(view: DebugView, number: number, value: bigint): void {
  const { register } = byNumber.get(number)!;
  if (isStackPointer(register)) {
    const [field, index] = stackPlace(view, register);
    return view.write(field, value, index);
  }
  assert(register.write, `${register.name} cannot be written`);
  evaluate(arm64, onView(view), (e) => register.write!(e, e.i64(value)));
}

const onView = (view: DebugView): EvaluatedState => ({
  pc: view.read(state.pc),
  read: (field, index) => readUntrapped(view, field, index),
  write: (field, value, index) => view.write(field, value, index),
  host: (name, ...args) => view.host(name, ...args),
  position: BigInt(view.position()),
  virtualTimeNs: BigInt(view.nowNs()),
});

/** A debugger is not trapped when it looks at FPCR. */
function readUntrapped(view: DebugView, field: StateField, index?: number): bigint {
  return field === state.fpTrapped ? 0n : view.read(field, index);
}
