import type { Insn, Operand, Value } from "../index.ts";
import { type IndexMode, line, memory, reg, signedField } from "./asm.ts";
import { type A64, insn } from "./emitter.ts";

type SplitFields = { readonly opc: number; readonly L: number };
type PairFields<T> = SplitFields & { readonly imm7: T; readonly rt2: T; readonly rn: T; readonly rt: T };

// CONSTRAINED UNPREDICTABLE, as QEMU does it: a load pair with Rt equal to Rt2 leaves the first element there, and
// writeback to a register that was also loaded wins. A store pair whose second half faults has stored the first.

/** Load/store no-allocate pair, and register pair: post-indexed, offset, pre-indexed (C4.1.4). */
export const loadsStoresPair: readonly Insn<A64>[] = [
  insn("STNP, LDNP", "opc:2 101 0 000 L:1 imm7:7 rt2:5 rn:5 rt:5", ["opc", "L"], pair("offset"), {
    splits: ({ opc }) => opc === 0 || opc === 2,
    asm: text("offset", "n"),
  }),
  insn("STP, LDP, LDPSW (post-indexed)", "opc:2 101 0 001 L:1 imm7:7 rt2:5 rn:5 rt:5", ["opc", "L"], pair("post"), {
    splits: existing,
    asm: text("post"),
  }),
  insn("STP, LDP, LDPSW (offset)", "opc:2 101 0 010 L:1 imm7:7 rt2:5 rn:5 rt:5", ["opc", "L"], pair("offset"), {
    splits: existing,
    asm: text("offset"),
  }),
  insn("STP, LDP, LDPSW (pre-indexed)", "opc:2 101 0 011 L:1 imm7:7 rt2:5 rn:5 rt:5", ["opc", "L"], pair("pre"), {
    splits: existing,
    asm: text("pre"),
  }),
];

function existing({ opc, L }: SplitFields): boolean {
  return opc === 0 || opc === 2 || (opc === 1 && L === 1);
}

function pair(mode: IndexMode): (e: A64, fields: PairFields<Operand>) => void {
  return (e, { opc, L, imm7, rt2, rn, rt }) => {
    const width = opc === 2 ? 64 : 32;
    const base = e.gprOrSp(64, rn);
    const indexed = e.add(64, base, e.shl(64, e.signed(64, imm7), opc === 2 ? 3 : 2));
    const address = mode === "post" ? base : indexed;
    const second = e.add(64, address, e.i64(width / 8));
    if (L) {
      const [a, b] = [e.load(width, address), e.load(width, second)];
      const setLoaded = (r: Operand, value: Value): void =>
        opc === 1 ? e.setGpr(64, r, e.signExtend(64, value, 32)) : e.setGpr(width, r, value);
      setLoaded(rt2, b);
      setLoaded(rt, a);
    } else {
      e.store(width, address, e.gpr(width, rt));
      e.store(width, second, e.gpr(width, rt2));
    }
    if (mode !== "offset") e.setGprOrSp(64, rn, indexed);
  };
}

function text(mode: IndexMode, hint = ""): (fields: PairFields<number>) => string {
  return ({ opc, L, imm7, rt2, rn, rt }) => {
    const mnemonic = `${L ? "ld" : "st"}${hint}p${opc === 1 ? "sw" : ""}`;
    const offset = signedField(imm7, 7) * (opc === 2 ? 8 : 4);
    return line(mnemonic, reg(opc, rt), reg(opc, rt2), memory(rn, offset, mode));
  };
}
