import type { Value } from "../index.ts";
import { insn, type Insn86 } from "./insn.ts";
import {
  andNot,
  type Binary,
  bitwise,
  lanewise,
  multiplyAdd,
  multiplyEven,
  multiplyHigh,
  pack,
  shiftBytes,
  shiftLanes,
  type ShiftName,
  sumOfDifferences,
  unpack,
} from "./simd-integer.ts";
import {
  byteOf,
  checkMmx,
  checkSse,
  enterMmx,
  low,
  mmx,
  mmxOrMemory,
  setMmx,
  setXmm,
  xmm,
  xmmOrMemory,
} from "./simd.ts";

/** An operation on MMX registers. `memory`: bits that it reads there. */
function onMmx(name: string, opcode: string, operation: Binary, memory: 32 | 64 = 64): Insn86 {
  const notation = `NP 0F ${opcode} /r` as const;
  return insn(
    `${name} (MMX)`,
    notation,
    ["mem"],
    (e, { reg, ...place }) => {
      checkMmx(e);
      const b = mmxOrMemory(e, memory, place);
      enterMmx(e);
      setMmx(e, reg, operation(e, mmx(e, reg), b, 64));
    },
    { asm: `${name.toLowerCase()} mm, mm/m${memory}` },
  );
}

/** An operation on XMM registers. */
function onXmm(name: string, opcode: string, operation: Binary, prefix: "NP" | "66" = "66"): Insn86 {
  const notation = `${prefix} 0F ${opcode} /r` as const;
  return insn(
    name,
    notation,
    ["mem"],
    (e, { reg, ...place }) => {
      checkSse(e);
      setXmm(e, reg, operation(e, xmm(e, reg), xmmOrMemory(e, 128, place), 128));
    },
    { asm: `${name.toLowerCase()} xmm, xmm/m128` },
  );
}

const OPERATIONS: readonly (readonly [name: string, opcode: string, operation: Binary])[] = [
  ["PACKSSWB", "63", pack(0, "narrow_i16x8_s")],
  ["PCMPGTB", "64", lanewise(0, "gt_s")],
  ["PCMPGTW", "65", lanewise(1, "gt_s")],
  ["PCMPGTD", "66", lanewise(2, "gt_s")],
  ["PACKUSWB", "67", pack(0, "narrow_i16x8_u")],
  ["PUNPCKHBW", "68", unpack(0, true)],
  ["PUNPCKHWD", "69", unpack(1, true)],
  ["PUNPCKHDQ", "6A", unpack(2, true)],
  ["PACKSSDW", "6B", pack(1, "narrow_i32x4_s")],
  ["PCMPEQB", "74", lanewise(0, "eq")],
  ["PCMPEQW", "75", lanewise(1, "eq")],
  ["PCMPEQD", "76", lanewise(2, "eq")],
  ["PADDQ", "D4", lanewise(3, "add")],
  ["PMULLW", "D5", lanewise(1, "mul")],
  ["PSUBUSB", "D8", lanewise(0, "sub_sat_u")],
  ["PSUBUSW", "D9", lanewise(1, "sub_sat_u")],
  ["PMINUB", "DA", lanewise(0, "min_u")],
  ["PAND", "DB", bitwise("and")],
  ["PADDUSB", "DC", lanewise(0, "add_sat_u")],
  ["PADDUSW", "DD", lanewise(1, "add_sat_u")],
  ["PMAXUB", "DE", lanewise(0, "max_u")],
  ["PANDN", "DF", andNot],
  ["PAVGB", "E0", lanewise(0, "avgr_u")],
  ["PAVGW", "E3", lanewise(1, "avgr_u")],
  ["PMULHUW", "E4", multiplyHigh(false)],
  ["PMULHW", "E5", multiplyHigh(true)],
  ["PSUBSB", "E8", lanewise(0, "sub_sat_s")],
  ["PSUBSW", "E9", lanewise(1, "sub_sat_s")],
  ["PMINSW", "EA", lanewise(1, "min_s")],
  ["POR", "EB", bitwise("or")],
  ["PADDSB", "EC", lanewise(0, "add_sat_s")],
  ["PADDSW", "ED", lanewise(1, "add_sat_s")],
  ["PMAXSW", "EE", lanewise(1, "max_s")],
  ["PXOR", "EF", bitwise("xor")],
  ["PMULUDQ", "F4", multiplyEven],
  ["PMADDWD", "F5", multiplyAdd],
  ["PSADBW", "F6", sumOfDifferences],
  ["PSUBB", "F8", lanewise(0, "sub")],
  ["PSUBW", "F9", lanewise(1, "sub")],
  ["PSUBD", "FA", lanewise(2, "sub")],
  ["PSUBQ", "FB", lanewise(3, "sub")],
  ["PADDB", "FC", lanewise(0, "add")],
  ["PADDW", "FD", lanewise(1, "add")],
  ["PADDD", "FE", lanewise(2, "add")],
];

/** MMX reads only as much of memory as it uses. */
const UNPACK_LOW = (
  [
    ["PUNPCKLBW", "60"],
    ["PUNPCKLWD", "61"],
    ["PUNPCKLDQ", "62"],
  ] as const
).map(([name, opcode], size) => ({ name, opcode, operation: unpack(size, false) }));

/** Letter, kind, and opcodes by lanes of 16, 32 and 64 bits: 71 to 73 with these extensions have an immediate. */
const SHIFTS: readonly (readonly [name: string, kind: ShiftName, opcode: number, extension: number])[] = [
  ["PSRL", "shr_u", 0xd1, 2],
  ["PSRA", "shr_s", 0xe1, 4],
  ["PSLL", "shl", 0xf1, 6],
];

const shifts = SHIFTS.flatMap(([prefix, kind, opcode, extension]) =>
  [1, 2, 3].flatMap((size) => {
    if (kind === "shr_s" && size === 3) return [];
    const name = `${prefix}${"WDQ"[size - 1]!}`;
    const byRegister: Binary = (e, a, b) => shiftLanes(e, size, kind, a, low(e, 64, b));
    const code = (opcode + size - 1).toString(16).toUpperCase();
    return [
      onMmx(name, code, byRegister),
      onXmm(name, code, byRegister),
      ...(["NP", "66"] as const).map((mandatory) => {
        const notation = `${mandatory} 0F ${70 + size} /${extension} ib` as const;
        return insn(
          `${name} (immediate${mandatory === "NP" ? ", MMX" : ""})`,
          notation,
          [],
          (e, { base, imm }) => {
            const shifted = (value: Value): Value => shiftLanes(e, size, kind, value, e.wide(byteOf(e, imm)));
            if (mandatory === "NP") {
              checkMmx(e);
              enterMmx(e);
              setMmx(e, base, shifted(mmx(e, base)));
            } else {
              checkSse(e);
              setXmm(e, base, shifted(xmm(e, base)));
            }
          },
          { asm: `${name.toLowerCase()} ${mandatory === "NP" ? "mm/m64" : "xmm/m128"}, imm`, place: "register" },
        );
      }),
    ];
  }),
);

const byteShift = (name: string, notation: "66 0F 73 /3 ib" | "66 0F 73 /7 ib"): Insn86 =>
  insn(
    name,
    notation,
    [],
    (e, { base, imm }) => {
      checkSse(e);
      setXmm(e, base, shiftBytes(e, name === "PSLLDQ", xmm(e, base), byteOf(e, imm)));
    },
    { asm: `${name.toLowerCase()} xmm/m128, imm`, place: "register" },
  );

/** Volume 2: the integer instructions of MMX, SSE and SSE2 on lanes; then bits of SSE's numbers. */
export const sseInteger: readonly Insn86[] = [
  ...OPERATIONS.flatMap((row) => [onMmx(...row), onXmm(...row)]),
  ...UNPACK_LOW.flatMap(({ name, opcode, operation }) => [
    onMmx(name, opcode, operation, 32),
    onXmm(name, opcode, operation),
  ]),
  onXmm("PUNPCKLQDQ", "6C", unpack(3, false)),
  onXmm("PUNPCKHQDQ", "6D", unpack(3, true)),
  ...shifts,
  byteShift("PSRLDQ", "66 0F 73 /3 ib"),
  byteShift("PSLLDQ", "66 0F 73 /7 ib"),
  ...(["PS", "PD"] as const).flatMap((type, wide) => {
    const prefix = wide ? "66" : "NP";
    return [
      onXmm(`UNPCKL${type}`, "14", unpack(2 + wide, false), prefix),
      onXmm(`UNPCKH${type}`, "15", unpack(2 + wide, true), prefix),
      onXmm(`AND${type}`, "54", bitwise("and"), prefix),
      onXmm(`ANDN${type}`, "55", andNot, prefix),
      onXmm(`OR${type}`, "56", bitwise("or"), prefix),
      onXmm(`XOR${type}`, "57", bitwise("xor"), prefix),
    ];
  }),
];
