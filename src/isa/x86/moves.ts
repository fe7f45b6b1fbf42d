import type { Value } from "../index.ts";
import { addressMask, inSegment } from "./addressing.ts";
import type { X86 } from "./emitter.ts";
import { FLAG_NAMES } from "./flags.ts";
import { insn } from "./insn.ts";
import { FEATURE } from "./models.ts";
import type { AddressFields, Size } from "./operands.ts";
import { FLAG_BITS, RAX, RBX, RDX } from "./state.ts";

/** Volume 2: MOV and its kin, CMOVcc, SETcc, XCHG, LEA, CBW to CQO, LAHF, SAHF, XLAT. Segment registers stand in segments.ts. */
export const moves = [
  insn(
    "MOV (to r/m)",
    "88+w /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => e.place(size, place).write(e.reg(size, reg)),
    { asm: "mov rm, reg" },
  ),
  insn(
    "MOV (from r/m)",
    "8A+w /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => e.setReg(size, reg, e.place(size, place).read()),
    { asm: "mov reg, rm" },
  ),
  insn(
    "MOV (accumulator from memory)",
    "A0+w moffs",
    ["size"],
    (e, { size, ...offset }) => e.setReg(size, RAX, e.load(size, absolute(e, offset))),
    { asm: "mov acc, moffs" },
  ),
  insn(
    "MOV (memory from accumulator)",
    "A2+w moffs",
    ["size"],
    (e, { size, ...offset }) => e.store(size, absolute(e, offset), e.reg(size, RAX)),
    { asm: "mov moffs, acc" },
  ),
  insn(
    "MOV (register, immediate of 8 bits)",
    "B0+r ib r8",
    [],
    (e, { reg, imm }) => e.setReg(8, reg, e.immediate(8, imm)),
    {
      asm: "mov reg, imm",
    },
  ),
  insn(
    "MOV (register, immediate)",
    "B8+r iv",
    ["size"],
    (e, { size, reg, imm, immHigh }) => {
      const wide = (): Value => e.or(64, e.imm(64, imm), e.shl(64, e.imm(64, immHigh), 32));
      e.setReg(size, reg, size === 64 ? wide() : e.immediate(size, imm));
    },
    { asm: "mov reg, imm" },
  ),
  insn(
    "MOV (r/m, immediate)",
    "C6+w /0 iz",
    ["size", "rm"],
    (e, { size, imm, ...place }) => e.place(size, place).write(e.immediate(size, imm)),
    { asm: "mov rm, imm" },
  ),
  ...([false, true] as const).flatMap((signed) => {
    const name = signed ? "MOVSX" : "MOVZX";
    const to = (e: X86, size: Size, from: 8 | 16, value: Value): Value =>
      signed ? e.cut(size, e.signExtend(64, value, from)) : e.resize(e.width(size), value);
    return [
      insn(
        `${name} (8 bits)`,
        signed ? "0F BE /r rm8" : "0F B6 /r rm8",
        ["size", "rm"],
        (e, { size, reg, ...place }) => e.setReg(size, reg, to(e, size, 8, e.place(8, place).read())),
        { asm: `${name.toLowerCase()} reg, rm8` },
      ),
      insn(
        `${name} (16 bits)`,
        signed ? "0F BF /r" : "0F B7 /r",
        ["size", "rm"],
        (e, { size, reg, ...place }) => e.setReg(size, reg, to(e, size, 16, e.place(16, place).read())),
        { asm: `${name.toLowerCase()} reg, rm16` },
      ),
    ];
  }),
  insn(
    "MOVSXD",
    "63 /r o64",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const value = e.place(size === 16 ? 16 : 32, place).read();
      e.setReg(size, reg, size === 64 ? e.signExtend(64, value, 32) : value);
    },
    { asm: "movsxd reg, rm32" },
  ),
  insn(
    "CMOVcc",
    "0F 40+cc /r",
    ["cc", "size", "rm"],
    (e, { cc, size, reg, ...place }) => {
      e.requireFeature(FEATURE.CMOV);
      const value = e.place(size, place).read();
      // A register of 32 bits loses its upper half even if it is not moved to.
      e.setReg(size, reg, e.select(e.condition(cc), value, e.reg(size, reg)));
    },
    { asm: "cmovcc reg, rm" },
  ),
  insn("SETcc", "0F 90+cc /r rm8", ["cc", "rm"], (e, { cc, ...place }) => e.place(8, place).write(e.condition(cc)), {
    asm: "setcc rm8",
  }),
  insn(
    "XCHG (r/m)",
    "86+w /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const to = e.place(size, place);
      const [old, wanted] = [to.read(), e.reg(size, reg)];
      to.write(wanted);
      e.setReg(size, reg, old);
    },
    { asm: "xchg rm, reg", lock: true },
  ),
  insn(
    "XCHG (accumulator), NOP",
    "90+r",
    ["size"],
    (e, { size, reg }) => {
      const exchange = (): void => {
        const [old, wanted] = [e.reg(size, RAX), e.reg(size, reg)];
        e.setReg(size, reg, old);
        e.setReg(size, RAX, wanted);
      };
      // With itself, EAX would lose the upper half of RAX: that is NOP.
      if (size === 32) e.if(e.imm(32, reg), exchange);
      else exchange();
    },
    { asm: "xchg acc, reg" },
  ),
  insn(
    "LEA",
    "8D /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => e.setReg(size, reg, e.cut(size, e.effective(place))),
    {
      asm: "lea reg, m",
      place: "memory",
    },
  ),
  insn(
    "CBW, CWDE, CDQE",
    "98",
    ["size"],
    (e, { size }) => {
      if (size === 8) return;
      const half = size === 64 ? 32 : size === 32 ? 16 : 8;
      e.setReg(size, RAX, e.cut(size, e.signExtend(64, e.reg(half, RAX), half)));
    },
    { asm: "cbw" },
  ),
  insn(
    "CWD, CDQ, CQO",
    "99",
    ["size"],
    (e, { size }) => e.setReg(size, RDX, e.cut(size, e.shrS(64, e.signExtend(64, e.reg(size, RAX), size), 63))),
    { asm: "cwd" },
  ),
  insn(
    "LAHF",
    "9F",
    [],
    (e) => {
      const flags = e.flags();
      const bits = FLAG_NAMES.slice(0, 5).map((name, index) => e.shl(32, flags[name], FLAG_BITS[index]!));
      e.setAh(bits.reduce((all, bit) => e.or(32, all, bit), e.i32(2)));
    },
    { asm: "lahf" },
  ),
  insn(
    "SAHF",
    "9E",
    [],
    (e) => {
      const ah = e.ah();
      const [c, p, a, z, s] = FLAG_BITS.slice(0, 5).map((bit) => e.and(32, e.shrU(32, ah, bit), e.i32(1)));
      e.changeFlags({ c: c!, p: p!, a: a!, z: z!, s: s! });
    },
    { asm: "sahf" },
  ),
  insn(
    "XLAT",
    "D7 as",
    [],
    (e, place) => {
      const offset = e.add(64, e.reg(64, RBX), e.wide(e.reg(8, RAX)));
      const address = e.and(64, offset, addressMask(e, place.addressSize));
      e.setReg(8, RAX, e.load(8, inSegment(e, place, address)));
    },
    { asm: "xlatb" },
  ),
];

/** The address in an instruction without ModRM. */
function absolute(
  e: X86,
  {
    imm,
    immHigh,
    ...place
  }: Pick<AddressFields, "segment" | "addressSize" | "wrap"> & Record<"imm" | "immHigh", AddressFields["base"]>,
): Value {
  const offset = e.or(64, e.imm(64, imm), e.shl(64, e.imm(64, immHigh), 32));
  return inSegment(e, place, e.and(64, offset, addressMask(e, place.addressSize)));
}
