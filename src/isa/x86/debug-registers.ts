import type { DebugView, StateField } from "../index.ts";
import { readStack, readTags, writeStack, writeTags } from "./debug-fpu.ts";
import {
  codeIs64,
  readFlags,
  readIp,
  readSlot,
  writeCr0,
  writeEfer,
  writeFlags,
  writeIp,
  writeSelector,
  writeSlot,
} from "./debug-state.ts";
import { CS, DS, ES, FS, GS, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, SS, state, type SystemSlot } from "./state.ts";
import { type DebugTarget, entriesOf, type FPU_NAMES } from "./target-description.ts";

/** One register as debuggers see it. Values are unsigned. */
export interface DebugRegister {
  readonly name: string;
  /** Number in the target description; registers are in this order. */
  readonly number: number;
  readonly bits: number;
  readonly group: "general" | "float" | "system";
  readonly place: Place;
}

interface Place {
  read(view: DebugView): bigint;
  write(view: DebugView, value: bigint): void;
}

const GENERAL: Readonly<Record<string, number>> = {
  ...{ ax: RAX, bx: RBX, cx: RCX, dx: RDX, si: RSI, di: RDI, bp: RBP, sp: RSP },
};
const SEGMENTS: Readonly<Record<string, number>> = { cs: CS, ss: SS, ds: DS, es: ES, fs: FS, gs: GS };
/** Bits of CR4 and MXCSR that this core has. */
const [CR4_BITS, MXCSR_BITS] = [0x7ffn, 0xffffn];

const plain = (field: StateField, index = 0): Place => ({
  read: (view) => view.read(field, index),
  write: (view, value) => view.write(field, BigInt.asUintN(8 * field.size, value), index),
});
/** The lower half; the other one stays. */
const low = (field: StateField, index: number): Place => ({
  read: (view) => BigInt.asUintN(32, view.read(field, index)),
  write: (view, value) => view.write(field, ((view.read(field, index) >> 32n) << 32n) | value, index),
});
const slot = (name: SystemSlot, mask = -1n): Place => ({
  read: (view) => readSlot(view, name),
  write: (view, value) => writeSlot(view, name, value & mask),
});

/** Code that is not of 64 bits has no upper halves, and no R8 to R15. */
const general = (index: number): Place => ({
  read: (view) => {
    const value = view.read(state.r, index);
    return codeIs64(view) ? value : index < 8 ? BigInt.asUintN(32, value) : 0n;
  },
  write(view, value) {
    if (codeIs64(view)) view.write(state.r, value, index);
    else if (index < 8) view.write(state.r, BigInt.asUintN(32, value), index);
  },
});
const fpu: Readonly<Record<(typeof FPU_NAMES)[number], Place>> = {
  fctrl: plain(state.fpuControl),
  fstat: plain(state.fpuStatus),
  ftag: { read: readTags, write: writeTags },
  fiseg: plain(state.fpuSelectors, 0),
  fioff: low(state.fpuPointers, 0),
  foseg: plain(state.fpuSelectors, 1),
  fooff: low(state.fpuPointers, 1),
  fop: plain(state.fpuOpcode),
};

const special: Readonly<Record<string, Place>> = {
  ...fpu,
  ip: { read: readIp, write: writeIp },
  eflags: { read: readFlags, write: writeFlags },
  fs_base: plain(state.segmentBase, FS),
  gs_base: plain(state.segmentBase, GS),
  k_gs_base: slot("KERNEL_GS_BASE"),
  cr0: { read: (view) => readSlot(view, "CR0"), write: writeCr0 },
  cr2: slot("CR2"),
  cr3: slot("CR3"),
  cr4: slot("CR4", CR4_BITS),
  cr8: {
    read: (view) => BigInt(view.host("taskPriority") ?? 0),
    write: (view, value) => void view.host("setTaskPriority", value & 15n),
  },
  efer: { read: (view) => readSlot(view, "EFER"), write: writeEfer },
  mxcsr: plain(state.mxcsr, 0),
};

function placeOf(name: string): Place {
  const index = Number(/\d+$/.exec(name)?.[0]);
  if (name.startsWith("xmm")) return plain(state.xmm, index);
  if (/^st\d/.test(name))
    return { read: (view) => readStack(view, index), write: (view, v) => writeStack(view, index, v) };
  if (/^r\d/.test(name)) return general(index);
  if (name === "mxcsr")
    return { read: special["mxcsr"]!.read, write: (view, v) => view.write(state.mxcsr, v & MXCSR_BITS) };
  const known = special[name] ?? special[name.slice(1)];
  if (known) return known;
  const segment = SEGMENTS[name];
  if (segment !== undefined)
    return {
      read: (view) => view.read(state.selector, segment),
      write: (view, v) => writeSelector(view, segment, v & 0xffffn),
    };
  return general(GENERAL[name.slice(1)]!);
}

export function debugRegisters(target: DebugTarget): readonly DebugRegister[] {
  return entriesOf(target).map(({ name, bits, group }, number) => ({
    name,
    number,
    bits,
    group,
    place: placeOf(name),
  }));
}
