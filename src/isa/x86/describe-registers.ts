import { hexDigits } from "../../base/index.ts";
import type { DebugView } from "../index.ts";
import { codeIs64, longNow, protectedNow, readFlags, readIp, readSlot } from "./debug-state.ts";
import { DESC } from "./descriptors.ts";
import { CS, DS, EFLAGS, ES, FLAG_BITS, FS, GS, LDTR, SS, state, TR } from "./state.ts";
import type { DebugTarget } from "./target-description.ts";

/** What QEMU's `info registers` shows. */
export function describeRegisters(view: DebugView, target: DebugTarget): string {
  const wide = codeIs64(view);
  const digits = wide ? 16 : 8;
  const system = systemLines(view, longNow(view) ? 16 : 8, target === "x86_64" ? 16 : 8);
  const lines = [...generalLines(view, wide), statusLine(view, digits), ...segmentLines(view, digits), ...system];
  return [...lines, ...floatLines(view), ...vectorLines(view, wide ? 16 : 8), ""].join("\n");
}

const cut = (value: bigint, digits: number): string => hexDigits(BigInt.asUintN(4 * digits, value), digits);
const rowsOf = (cells: readonly string[], columns: number): string[] =>
  cells.flatMap((_, n) => (n % columns ? [] : [cells.slice(n, n + columns).join(" ")]));
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

function generalLines(view: DebugView, wide: boolean): string[] {
  const names = ["AX", "BX", "CX", "DX", "SI", "DI", "BP", "SP"];
  const indices = [0, 3, 1, 2, 6, 7, 5, 4];
  const cells = names.map(
    (name, n) => `${wide ? "R" : "E"}${name}=${cut(view.read(state.r, indices[n]), wide ? 16 : 8)}`,
  );
  if (wide) for (let n = 8; n < 16; n++) cells.push(`${`R${n}`.padEnd(3)}=${cut(view.read(state.r, n), 16)}`);
  return rowsOf(cells, 4);
}

function statusLine(view: DebugView, digits: number): string {
  const flags = readFlags(view);
  // OF, SF, ZF, AF, PF, CF, with DF before them.
  const shown = [EFLAGS.DF, ...[...FLAG_BITS].reverse()].map((at, n) =>
    (flags >> BigInt(at)) & 1n ? "DOSZAPC"[n] : "-",
  );
  const fields = [
    ...[`CPL=${view.read(state.privilege)}`, `II=${view.read(state.shadow)}`, `A20=${view.read(state.a20)}`],
    ...["SMM=0", `HLT=${view.read(state.halted) ? 1 : 0}`],
  ];
  const letter = digits === 16 ? "R" : "E";
  return `${letter}IP=${cut(readIp(view), digits)} ${letter}FL=${cut(flags, 8)} [${shown.join("")}] ${fields.join(" ")}`;
}

const SEGMENT_LINES: readonly (readonly [string, number])[] = [
  ...([
    ["ES", ES],
    ["CS", CS],
    ["SS", SS],
    ["DS", DS],
    ["FS", FS],
    ["GS", GS],
    ["LDT", LDTR],
    ["TR", TR],
  ] as const),
];

function segmentLines(view: DebugView, digits: number): string[] {
  return SEGMENT_LINES.map(([name, segment]) => {
    const limit = view.read(state.segmentLimit, segment);
    const attributes = Number(view.read(state.segmentAttributes, segment));
    // The descriptor's four upper bits of the limit stand there, too.
    const upper = Number(attributes & DESC.G ? limit >> 28n : (limit >> 16n) & 15n) << 16;
    const values = [
      ...[cut(view.read(state.selector, segment), 4), cut(view.read(state.segmentBase, segment), digits)],
      ...[cut(limit, 8), hexDigits((attributes | upper) >>> 0, 8)],
    ];
    const kind = protectedNow(view) && attributes & DESC.P ? ` ${describeAttributes(attributes, longNow(view))}` : "";
    return `${name.padEnd(3)}=${values.join(" ")}${kind}`;
  });
}

const SYSTEM_TYPES = [
  ...["Reserved", "TSS16-avl", "LDT", "TSS16-busy", "CallGate16", "TaskGate", "IntGate16", "TrapGate16"],
  ...["Reserved", "TSS32-avl", "Reserved", "TSS32-busy", "CallGate32", "Reserved", "IntGate32", "TrapGate32"],
] as const;
const LONG_SYSTEM_TYPES = [
  ...["<hiword>", "Reserved", "LDT", "Reserved", "Reserved", "Reserved", "Reserved", "Reserved"],
  ...["Reserved", "TSS64-avl", "Reserved", "TSS64-busy", "CallGate64", "Reserved", "IntGate64", "TrapGate64"],
] as const;

function describeAttributes(attributes: number, long: boolean): string {
  const has = (bit: number): boolean => (attributes & bit) !== 0;
  const letter = (bit: number, text: string): string => (has(bit) ? text : "-");
  const dpl = `DPL=${(attributes >> 13) & 3}`;
  const type = (attributes >> 8) & 15;
  if (!has(DESC.S)) return `${dpl} ${(long ? LONG_SYSTEM_TYPES : SYSTEM_TYPES)[type]}`;
  const accessed = letter(DESC.A, "A");
  if (!has(DESC.CODE)) {
    const size = has(DESC.B) || long ? "DS  " : "DS16";
    return `${dpl} ${size} [${letter(DESC.C, "E")}${letter(DESC.RW, "W")}${accessed}]`;
  }
  const size = has(DESC.L) ? "CS64" : has(DESC.B) ? "CS32" : "CS16";
  return `${dpl} ${size} [${letter(DESC.C, "C")}${letter(DESC.RW, "R")}${accessed}]`;
}

function systemLines(view: DebugView, digits: number, debugDigits: number): string[] {
  const table = (name: "GDT" | "IDT"): string =>
    `${name}=     ${cut(readSlot(view, `${name}_BASE`), digits)} ${cut(readSlot(view, `${name}_LIMIT`), 8)}`;
  const control = (["CR0", "CR2", "CR3", "CR4"] as const).map(
    (name) => `${name}=${cut(readSlot(view, name), name === "CR0" || name === "CR4" ? 8 : digits)}`,
  );
  const debug = (name: "DR0" | "DR1" | "DR2" | "DR3" | "DR6" | "DR7"): string =>
    `${name}=${cut(readSlot(view, name), debugDigits)}`;
  return [
    ...[table("GDT"), table("IDT"), control.join(" ")],
    ...[`${(["DR0", "DR1", "DR2", "DR3"] as const).map(debug).join(" ")} `, `${debug("DR6")} ${debug("DR7")}`],
    `EFER=${cut(readSlot(view, "EFER"), 16)}`,
  ];
}

/** Physical registers, and which of them are not empty. */
function floatLines(view: DebugView): string[] {
  const status = Number(view.read(state.fpuStatus));
  const used = range(8).reduce((all, n) => all | (view.read(state.fpuEmpty, n) ? 0 : 1 << n), 0);
  const top = (status >> 11) & 7;
  const words = [
    ...[`FCW=${cut(view.read(state.fpuControl), 4)}`, `FSW=${hexDigits(status, 4)}`, `[ST=${top}]`],
    ...[`FTW=${hexDigits(used, 2)}`, `MXCSR=${cut(view.read(state.mxcsr), 8)}`],
  ];
  const registers = range(8).map(
    (n) => `FPR${n}=${cut(view.read(state.significand, n), 16)} ${cut(view.read(state.exponent, n), 4)}`,
  );
  return [words.join(" "), ...rowsOf(registers, 2)];
}

function vectorLines(view: DebugView, count: number): string[] {
  const cells = range(count).map((n) => {
    const value = view.read(state.xmm, n);
    return `XMM${String(n).padStart(2, "0")}=${cut(value >> 64n, 16)} ${cut(value, 16)}`;
  });
  return rowsOf(cells, 2);
}
