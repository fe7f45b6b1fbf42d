/** gdb's view of the registers: names, sizes and the description document (GDB manual, appendix G; i386 features). */

/** Which of QEMU's two descriptions a machine has: qemu-system-x86_64's or qemu-system-i386's. */
export type DebugTarget = "x86_64" | "i386";

/** A register as a document has it; its number is its place in the list. */
interface Entry {
  readonly name: string;
  readonly bits: number;
  readonly type: string;
  readonly group: "general" | "float" | "system";
}

/** Without a prefix, in gdb's order: the two differ. */
const GENERAL_NAMES: Readonly<Record<DebugTarget, readonly string[]>> = {
  x86_64: ["ax", "bx", "cx", "dx", "si", "di", "bp", "sp"],
  i386: ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"],
};
const SEGMENT_NAMES = ["cs", "ss", "ds", "es", "fs", "gs"] as const;
export const FPU_NAMES = ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"] as const;

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** In gdb's order: the `g` packet is their concatenation. */
export function entriesOf(target: DebugTarget): readonly Entry[] {
  const long = target === "x86_64";
  const bits = long ? 64 : 32;
  const integer = `int${bits}`;
  const letter = long ? "r" : "e";
  const entry = (name: string, width: number, type: string, group: Entry["group"] = "general"): Entry => ({
    ...{ name, bits: width, type, group },
  });
  const pointers = ["bp", "sp"];
  return [
    ...GENERAL_NAMES[target].map((name) => entry(letter + name, bits, pointers.includes(name) ? "data_ptr" : integer)),
    ...(long ? numbers(8).map((n) => entry(`r${n + 8}`, 64, integer)) : []),
    entry(`${letter}ip`, bits, "code_ptr"),
    entry("eflags", 32, "eflags"),
    ...SEGMENT_NAMES.map((name) => entry(name, 32, "int32")),
    ...["fs_base", "gs_base", "k_gs_base"].map((name) => entry(name, bits, integer, "system")),
    ...["cr0", "cr2", "cr3", "cr4", "cr8", "efer"].map((name) =>
      entry(name, bits, name in FLAGS ? name : integer, "system"),
    ),
    ...numbers(8).map((n) => entry(`st${n}`, 80, "i387_ext", "float")),
    ...FPU_NAMES.map((name) => entry(name, 32, "int", "float")),
    ...numbers(long ? 16 : 8).map((n) => entry(`xmm${n}`, 128, "vector_register", "float")),
    entry("mxcsr", 32, "mxcsr", "float"),
  ];
}

type Field = readonly [name: string, lowest: number, highest?: number];

/** Registers of flags. Volume 1, 3.4.3 and 10.2.3; volume 3, 2.5 and 2.2.1. */
const FLAGS: Readonly<Record<string, readonly Field[]>> = {
  eflags: [
    ...([
      ["CF", 0],
      ["PF", 2],
      ["AF", 4],
      ["ZF", 6],
      ["SF", 7],
      ["TF", 8],
      ["IF", 9],
      ["DF", 10],
      ["OF", 11],
    ] as const),
    ...([
      ["IOPL", 12, 13],
      ["NT", 14],
      ["RF", 16],
      ["VM", 17],
      ["AC", 18],
      ["VIF", 19],
      ["VIP", 20],
      ["ID", 21],
    ] as const),
  ],
  cr0: [
    ...([
      ["PE", 0],
      ["MP", 1],
      ["EM", 2],
      ["TS", 3],
      ["ET", 4],
      ["NE", 5],
    ] as const),
    ...([
      ["WP", 16],
      ["AM", 18],
      ["NW", 29],
      ["CD", 30],
      ["PG", 31],
    ] as const),
  ],
  cr3: [
    ["PCID", 0, 11],
    ["PDBR", 12, 31],
  ],
  cr4: [
    ...([
      ["VME", 0],
      ["PVI", 1],
      ["TSD", 2],
      ["DE", 3],
      ["PSE", 4],
      ["PAE", 5],
      ["MCE", 6],
      ["PGE", 7],
    ] as const),
    ...([
      ["PCE", 8],
      ["OSFXSR", 9],
      ["OSXMMEXCPT", 10],
    ] as const),
  ],
  efer: [
    ["SCE", 0],
    ["LME", 8],
    ["LMA", 10],
    ["NXE", 11],
  ],
  mxcsr: [
    ...([
      ["IE", 0],
      ["DE", 1],
      ["ZE", 2],
      ["OE", 3],
      ["UE", 4],
      ["PE", 5],
      ["DAZ", 6],
    ] as const),
    ...([
      ["IM", 7],
      ["DM", 8],
      ["ZM", 9],
      ["OM", 10],
      ["UM", 11],
      ["PM", 12],
      ["FZ", 15],
    ] as const),
  ],
};

/** How gdb may look at a vector register, with the names that its users know: [name, type of a lane, lanes]. */
const LANES: readonly (readonly [string, string, number])[] = [
  ["v4_float", "ieee_single", 4],
  ["v2_double", "ieee_double", 2],
  ["v16_int8", "int8", 16],
  ["v8_int16", "int16", 8],
  ["v4_int32", "int32", 4],
  ["v2_int64", "int64", 2],
];

function vectorTypes(): string[] {
  const lanes = LANES.map(([name, type, count]) => `<vector id="lanes_${name}" type="${type}" count="${count}"/>`);
  const fields = LANES.map(([name]) => `<field name="${name}" type="lanes_${name}"/>`);
  return [...lanes, `<union id="vector_register">${fields.join("")}<field name="uint128" type="uint128"/></union>`];
}

function flagTypes(bits: number): string[] {
  return Object.entries(FLAGS).map(([register, fields]) => {
    const size = register === "eflags" || register === "mxcsr" ? 4 : bits / 8;
    // Where a page directory is goes up to the register's end.
    const end = (name: string, lowest: number, highest = lowest): number => (name === "PDBR" ? bits - 1 : highest);
    const inside = fields.map(
      ([name, lowest, highest]) => `<field name="${name}" start="${lowest}" end="${end(name, lowest, highest)}"/>`,
    );
    return `<flags id="${register}" size="${size}">${inside.join("")}</flags>`;
  });
}

const document = (root: string, ...lines: readonly string[]): string =>
  ['<?xml version="1.0"?>', `<!DOCTYPE ${root} SYSTEM "gdb-target.dtd">`, ...lines, ""].join("\n");

/** Documents by annex name, for `qXfer:features:read`, with QEMU's annexes, feature and register numbers. */
export function describeTarget(target: DebugTarget): ReadonlyMap<string, string> {
  const [architecture, annex, bits] =
    target === "x86_64" ? ["i386:x86-64", "i386-64bit.xml", 64] : ["i386", "i386-32bit.xml", 32];
  const register = ({ name, bits: width, type, group }: Entry, number: number): string => {
    const shown = group !== "float" || type === "i387_ext" || type === "vector_register" ? "" : ' group="float"';
    return `<reg name="${name}" bitsize="${width}" regnum="${number}" type="${type}"${shown}/>`;
  };
  const root = document(
    "target",
    '<target version="1.0">',
    `<architecture>${architecture}</architecture>`,
    `<xi:include href="${annex}"/>`,
    "</target>",
  );
  const core = document(
    "feature",
    '<feature name="org.gnu.gdb.i386.core">',
    ...flagTypes(Number(bits)),
    ...vectorTypes(),
    ...entriesOf(target).map(register),
    "</feature>",
  );
  return new Map([
    ["target.xml", root],
    [String(annex), core],
  ]);
}
