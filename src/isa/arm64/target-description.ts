/** gdb's view of the registers: numbers, sizes and the description document (GDB manual, appendix G). */

export interface DebugRegister {
  readonly name: string;
  /** Number in the target description; registers are in this order. */
  readonly number: number;
  readonly bits: 32 | 64 | 128;
  readonly group: "general" | "float" | "system";
  readonly readOnly?: true;
}

export const SP_REGISTER = 31;
export const PC_REGISTER = 32;
export const CPSR_REGISTER = 33;
export const FIRST_VECTOR_REGISTER = 34;
export const FPSR_REGISTER = 66;
export const FPCR_REGISTER = 67;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

export const debugRegisters: readonly DebugRegister[] = [
  ...numbers(31).map((n): DebugRegister => ({ name: `x${n}`, number: n, bits: 64, group: "general" })),
  { name: "sp", number: SP_REGISTER, bits: 64, group: "general" },
  { name: "pc", number: PC_REGISTER, bits: 64, group: "general" },
  { name: "cpsr", number: CPSR_REGISTER, bits: 32, group: "general" },
  ...numbers(32).map((n): DebugRegister => ({
    name: `v${n}`,
    number: FIRST_VECTOR_REGISTER + n,
    bits: 128,
    group: "float",
  })),
  { name: "fpsr", number: FPSR_REGISTER, bits: 32, group: "float" },
  { name: "fpcr", number: FPCR_REGISTER, bits: 32, group: "float" },
];

/** [name, lowest bit, highest bit] of PSTATE as cpsr shows it. */
const CPSR_FIELDS: readonly (readonly [string, number, number])[] = [
  ["SP", 0, 0],
  ["EL", 2, 3],
  ["nRW", 4, 4],
  ["F", 6, 6],
  ["I", 7, 7],
  ["A", 8, 8],
  ["D", 9, 9],
  ["IL", 20, 20],
  ["SS", 21, 21],
  ["V", 28, 28],
  ["C", 29, 29],
  ["Z", 30, 30],
  ["N", 31, 31],
];

/** How gdb may look at a vector register: [suffix, lanes, types of a lane by the name they get]. */
const LANES: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
  ["d", 2, { f: "ieee_double", u: "uint64", s: "int64" }],
  ["s", 4, { f: "ieee_single", u: "uint32", s: "int32" }],
  ["h", 8, { u: "uint16", s: "int16" }],
  ["b", 16, { u: "uint8", s: "int8" }],
  ["q", 1, { u: "uint128", s: "int128" }],
];

function vectorTypes(): string[] {
  const lines: string[] = [];
  for (const [suffix, count, types] of LANES) {
    for (const [kind, type] of Object.entries(types)) {
      lines.push(`<vector id="lanes_${suffix}${kind}" type="${type}" count="${count}"/>`);
    }
    const fields = Object.keys(types).map((kind) => `<field name="${kind}" type="lanes_${suffix}${kind}"/>`);
    lines.push(`<union id="view_${suffix}">${fields.join("")}</union>`);
  }
  const views = LANES.map(([suffix]) => `<field name="${suffix}" type="view_${suffix}"/>`);
  lines.push(`<union id="vector_register">${views.join("")}</union>`);
  return lines;
}

function typeOf({ name, bits }: DebugRegister): string {
  if (name === "sp") return "data_ptr";
  if (name === "pc") return "code_ptr";
  if (name === "cpsr") return "cpsr_flags";
  return bits === 128 ? "vector_register" : "int";
}

const register = (r: DebugRegister): string =>
  `<reg name="${r.name}" bitsize="${r.bits}" regnum="${r.number}" type="${typeOf(r)}"${r.group === "float" ? ' group="float"' : ""}/>`;

const flags = CPSR_FIELDS.map(([name, start, end]) => `<field name="${name}" start="${start}" end="${end}"/>`);

const document = (root: string, ...lines: readonly string[]): string =>
  ['<?xml version="1.0"?>', `<!DOCTYPE ${root} SYSTEM "gdb-target.dtd">`, ...lines, ""].join("\n");

const SYSTEM_ANNEX = "system-registers.xml";

/**
 * Documents by annex name, for `qXfer:features:read`. System registers have QEMU's annex, feature, and group; a function that
 * gdb's user calls keeps them, as gdb would else write all of them back.
 */
export function describeTarget(systemRegisters: readonly DebugRegister[]): ReadonlyMap<string, string> {
  const target = document(
    "target",
    '<target version="1.0">',
    "<architecture>aarch64</architecture>",
    '<feature name="org.gnu.gdb.aarch64.core">',
    `<flags id="cpsr_flags" size="4">${flags.join("")}</flags>`,
    ...debugRegisters.filter((r) => r.group === "general").map(register),
    "</feature>",
    '<feature name="org.gnu.gdb.aarch64.fpu">',
    ...vectorTypes(),
    ...debugRegisters.filter((r) => r.group === "float").map(register),
    "</feature>",
    `<xi:include href="${SYSTEM_ANNEX}"/>`,
    "</target>",
  );
  const system = document(
    "feature",
    '<feature name="org.qemu.gdb.arm.sys.regs">',
    ...systemRegisters.map(
      (r) => `<reg name="${r.name}" bitsize="${r.bits}" regnum="${r.number}" group="cp_regs" save-restore="no"/>`,
    ),
    "</feature>",
  );
  return new Map([
    ["target.xml", target],
    [SYSTEM_ANNEX, system],
  ]);
}
