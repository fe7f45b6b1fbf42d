import { hexDigits } from "../../base/index.ts";
import type { AccessBits, AccessOptions, Insn, Operand, Value } from "../index.ts";
import { type IndexMode, line, memory, memoryRegister, reg, signedField, target } from "./asm.ts";
import { type A64, insn } from "./emitter.ts";

// CONSTRAINED UNPREDICTABLE, as QEMU does it: writeback to the register that was loaded wins; one that is stored is
// stored as it was before.

/** Load register (literal) (C4.1.4). */
export const loadsLiteral: readonly Insn<A64>[] = [
  insn(
    "LDR, LDRSW, PRFM (literal)",
    "opc:2 011 0 00 imm19:19 rt:5",
    ["opc"],
    (e, { opc, imm19, rt }) => {
      if (opc === 3) return;
      const value = e.load(opc === 1 ? 64 : 32, e.add(64, e.pc(), e.shl(64, e.signed(64, imm19), 2)));
      if (opc === 2) e.setGpr(64, rt, e.signExtend(64, value, 32));
      else e.setGpr(opc === 1 ? 64 : 32, rt, value);
    },
    {
      asm: ({ opc, imm19, rt }, address) => {
        const from = target(address, 4 * signedField(imm19, 19));
        if (opc === 3) return line("prfm", prefetchOperation(rt), from);
        return line(opc === 2 ? "ldrsw" : "ldr", reg(opc, rt), from);
      },
    },
  ),
];

/** Load/store register: every addressing mode (C4.1.4). */
export const loadsStoresRegister: readonly Insn<A64>[] = [
  insn(
    "STUR, LDUR, LDURS, PRFUM (unscaled immediate)",
    "size:2 111 0 00 opc:2 0 imm9:9 00 rn:5 rt:5",
    ["size", "opc"],
    (e, { size, opc, imm9, rn, rt }) => transfer(e, size, opc, rt, e.add(64, e.gprOrSp(64, rn), e.signed(64, imm9))),
    {
      splits: exists,
      asm: ({ size, opc, imm9, rn, rt }) => text("u", size, opc, rt, memory(rn, signedField(imm9, 9))),
    },
  ),
  insn(
    "STR, LDR, LDRS (immediate post-indexed)",
    "size:2 111 0 00 opc:2 0 imm9:9 01 rn:5 rt:5",
    ["size", "opc"],
    indexed("post"),
    { splits: loadsOrStores, asm: indexedText("post") },
  ),
  insn(
    "STTR, LDTR, LDTRS (unprivileged)",
    "size:2 111 0 00 opc:2 0 imm9:9 10 rn:5 rt:5",
    ["size", "opc"],
    (e, { size, opc, imm9, rn, rt }) => {
      const address = e.add(64, e.gprOrSp(64, rn), e.signed(64, imm9));
      transfer(e, size, opc, rt, address, { unprivileged: true });
    },
    {
      splits: loadsOrStores,
      asm: ({ size, opc, imm9, rn, rt }) => text("t", size, opc, rt, memory(rn, signedField(imm9, 9))),
    },
  ),
  insn(
    "STR, LDR, LDRS (immediate pre-indexed)",
    "size:2 111 0 00 opc:2 0 imm9:9 11 rn:5 rt:5",
    ["size", "opc"],
    indexed("pre"),
    { splits: loadsOrStores, asm: indexedText("pre") },
  ),
  insn(
    "STR, LDR, LDRS, PRFM (register)",
    "size:2 111 0 00 opc:2 1 rm:5 option:3 S:1 10 rn:5 rt:5",
    ["size", "opc", "option", "S"],
    (e, { size, opc, rm, option, S, rn, rt }) => {
      const index = e.shl(64, e.extend(64, option, e.gpr(64, rm)), S ? size : 0);
      transfer(e, size, opc, rt, e.add(64, e.gprOrSp(64, rn), index));
    },
    {
      splits: ({ size, opc, option }) => exists({ size, opc }) && (option & 2) !== 0,
      asm: ({ size, opc, rm, option, S, rn, rt }) => text("", size, opc, rt, memoryRegister(rn, rm, option, S, size)),
    },
  ),
  insn(
    "STR, LDR, LDRS, PRFM (unsigned immediate)",
    "size:2 111 0 01 opc:2 imm12:12 rn:5 rt:5",
    ["size", "opc"],
    (e, { size, opc, imm12, rn, rt }) =>
      transfer(e, size, opc, rt, e.add(64, e.gprOrSp(64, rn), e.shl(64, e.imm(64, imm12), size))),
    {
      splits: exists,
      asm: ({ size, opc, imm12, rn, rt }) => text("", size, opc, rt, memory(rn, imm12 << size)),
    },
  ),
];

type SizeOpc = { readonly size: number; readonly opc: number };

/** opc: 0 store, 1 load, 2 load and sign-extend to 64 bits (a prefetch at size 3), 3 the same to 32 bits. */
function exists({ size, opc }: SizeOpc): boolean {
  return opc < 3 || size < 2;
}

function isPrefetch({ size, opc }: SizeOpc): boolean {
  return size === 3 && opc === 2;
}

function loadsOrStores(split: SizeOpc): boolean {
  return exists(split) && !isPrefetch(split);
}

/** The access itself; a prefetch does nothing. */
function transfer(e: A64, size: number, opc: number, rt: Operand, address: Value, options?: AccessOptions): void {
  if (isPrefetch({ size, opc })) return;
  const bits = (8 << size) as AccessBits & (8 | 16 | 32 | 64);
  if (opc === 0) {
    e.store(bits, address, e.gpr(size === 3 ? 64 : 32, rt), options);
  } else if (opc === 1) {
    e.setGpr(size === 3 ? 64 : 32, rt, e.load(bits, address, options));
  } else {
    const width = opc === 2 ? 64 : 32;
    e.setGpr(width, rt, e.signExtend(width, e.load(bits, address, options), bits));
  }
}

type IndexedFields<T> = SizeOpc & { readonly imm9: T; readonly rn: T; readonly rt: T };

function indexed(mode: "pre" | "post"): (e: A64, fields: IndexedFields<Operand>) => void {
  return (e, { size, opc, imm9, rn, rt }) => {
    const base = e.gprOrSp(64, rn);
    const after = e.add(64, base, e.signed(64, imm9));
    transfer(e, size, opc, rt, mode === "pre" ? after : base);
    e.setGprOrSp(64, rn, after);
  };
}

function indexedText(mode: IndexMode): (fields: IndexedFields<number>) => string {
  return ({ size, opc, imm9, rn, rt }) => text("", size, opc, rt, memory(rn, signedField(imm9, 9), mode));
}

/** `kind` is the letter of the family: "u" unscaled, "t" unprivileged. */
function text(kind: "" | "u" | "t", size: number, opc: number, rt: number, address: string): string {
  if (isPrefetch({ size, opc })) return line(`prf${kind}m`, prefetchOperation(rt), address);
  const unit = ["b", "h", opc < 2 ? "" : "w", ""][size]!;
  const mnemonic = `${opc ? "ld" : "st"}${kind}r${opc < 2 ? "" : "s"}${unit}`;
  return line(mnemonic, reg(opc === 2 || (opc < 2 && size === 3), rt), address);
}

/** PLD, PLI, PST × L1, L2, L3 × KEEP, STRM; a number when reserved. */
function prefetchOperation(rt: number): string {
  const [type, level, stream] = [rt >> 3, (rt >> 1) & 3, rt & 1];
  if (type === 3 || level === 3) return `#0x${hexDigits(rt, 2)}`;
  return `${["pld", "pli", "pst"][type]!}l${level + 1}${stream ? "strm" : "keep"}`;
}
