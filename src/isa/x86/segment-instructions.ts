import type { Emitter, Operand, Routine, Value } from "../index.ts";
import { DESC, descriptorOf, isNull, rplOf } from "./descriptors.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { insn } from "./insn.ts";
import { CODE_64 } from "./modes.ts";
import { type PlaceFields, RM_REGISTER, type Size } from "./operands.ts";
import { loadLocalTable, loadSegment, loadTask } from "./segment-loads.ts";
import { CS, DS, ES, FS, GS, LDTR, SS, state, TR } from "./state.ts";
import { asCode, asSupervisor, plainSegments } from "./system-state.ts";

const NAMES = ["es", "cs", "ss", "ds", "fs", "gs"] as const;

/** Loads a segment register; what it still does comes after what may fault. The step ends. */
function load(e: X86, segment: number, selector: Value, length: Operand, rest?: () => void): void {
  e.attempt(loadSegment, e.i32(segment), selector);
  rest?.();
  if (segment === SS) e.shadowInterrupts();
  e.jump(e.next(length));
}

/** To a register of the operand size, or 16 bits of memory. */
function storeSelector(e: X86, size: Size, place: PlaceFields, value: Value): void {
  if (place.rm === RM_REGISTER) e.setReg(size, place.base, size === 64 ? e.wide(value) : value);
  else e.store(16, e.address(place), value);
}

const requireDescriptors = (e: X86): void => e.faultIf(plainSegments(e), EXCEPTION.UD);

const pushes = (
  [
    ["06 i64 d64", ES],
    ["0E i64 d64", CS],
    ["16 i64 d64", SS],
    ["1E i64 d64", DS],
    ["0F A0 d64", FS],
    ["0F A8 d64", GS],
  ] as const
).map(([notation, segment]) =>
  insn(
    `PUSH (${NAMES[segment]})`,
    notation,
    ["mode", "size"],
    (e, { mode, size }) => {
      const selector = e.read(state.selector, segment);
      e.push(mode, size, size === 64 ? e.wide(selector) : selector);
    },
    { asm: `push ${NAMES[segment]}` },
  ),
);

const pops = (
  [
    ["07 i64 d64", ES],
    ["17 i64 d64", SS],
    ["1F i64 d64", DS],
    ["0F A1 d64", FS],
    ["0F A9 d64", GS],
  ] as const
).map(([notation, segment]) =>
  insn(
    `POP (${NAMES[segment]})`,
    notation,
    ["mode", "size"],
    (e, { mode, size, length }) => {
      const selector = e.and(32, e.wrap(e.top(mode, size)), e.i32(0xffff));
      load(e, segment, selector, length, () => e.popped(mode, size / 8));
    },
    { asm: `pop ${NAMES[segment]}` },
  ),
);

const farPointers = (
  [
    ["C4 /r i64", ES],
    ["C5 /r i64", DS],
    ["0F B2 /r", SS],
    ["0F B4 /r", FS],
    ["0F B5 /r", GS],
  ] as const
).map(([notation, segment]) =>
  insn(
    `L${NAMES[segment].toUpperCase()}`,
    notation,
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      const offset = e.load(size, e.address(place));
      const selector = e.load(16, e.addressWith(place, e.i64(size / 8)));
      load(e, segment, selector, place.length, () => e.setReg(size, reg, offset));
    },
    { asm: `l${NAMES[segment]} reg, m`, place: "memory" },
  ),
);

/** What LAR, LSL, VERR and VERW ask of a selector; the answer is the descriptor, or 0. */
const [LAR, LSL, VERR, VERW] = [0, 1, 2, 3] as const;
const SYSTEM_TYPES = { [LAR]: [1, 2, 3, 4, 5, 9, 11, 12], [LSL]: [1, 2, 3, 9, 11], [VERR]: [], [VERW]: [] } as const;

const askSelector = (which: keyof typeof SYSTEM_TYPES): Routine<Emitter> => ({
  name: `askSelector${which}`,
  params: ["i32"],
  result: "i64",
  accesses: true,
  body(e, selector) {
    const no = (condition: Value): void =>
      e.if(condition, () => {
        asCode(e);
        e.return(e.i64(0));
      });
    no(isNull(e, selector!));
    asSupervisor(e);
    const found = descriptorOf(e, selector!);
    const types = SYSTEM_TYPES[which].reduce((all, type) => all | (1 << type), 0);
    const known = e.and(32, e.shrU(32, e.i32(types), e.and(32, found.type, e.i32(15))), e.i32(1));
    no(e.select(found.has(DESC.S), e.i32(0), e.eqz(32, known)));
    const code = found.has(DESC.CODE);
    const readable = found.has(DESC.RW);
    if (which === VERR) no(e.select(code, e.eqz(32, readable), e.i32(0)));
    if (which === VERW) no(e.select(code, e.i32(1), e.eqz(32, readable)));
    const conforming = e.eq(32, found.has(DESC.S | DESC.CODE | DESC.C), e.i32(DESC.S | DESC.CODE | DESC.C));
    const cpl = e.read(state.privilege);
    const below = e.or(32, e.ltU(32, found.dpl, cpl), e.ltU(32, found.dpl, rplOf(e, selector!)));
    no(e.and(32, e.eqz(32, conforming), below));
    asCode(e);
    const answer = which === LSL ? found.limit : which === LAR ? found.attributes : e.i32(0);
    return e.or(64, e.zeroExtend(64, answer), e.i64(1n << 32n));
  },
});

const questions = ([LAR, LSL] as const).map((which) => {
  const [name, routine] = [which === LAR ? "LAR" : "LSL", askSelector(which)];
  return insn(
    name,
    which === LAR ? "0F 02 /r" : "0F 03 /r",
    ["size", "rm"],
    (e, { size, reg, ...place }) => {
      requireDescriptors(e);
      const answer = e.call(routine, e.place(16, place).read());
      const found = e.wrap(e.shrU(64, answer, 32));
      const value = e.and(64, answer, e.i64(0xffff_ffff));
      e.if(found, () => e.setReg(size, reg, e.cut(size, value)));
      e.changeFlags({ z: found });
    },
    { asm: `${name.toLowerCase()} reg, rm16` },
  );
});
const verifications = ([VERR, VERW] as const).map((which) => {
  const [name, routine] = [which === VERR ? "VERR" : "VERW", askSelector(which)];
  return insn(
    name,
    which === VERR ? "0F 00 /4" : "0F 00 /5",
    ["rm"],
    (e, place) => {
      requireDescriptors(e);
      e.changeFlags({ z: e.wrap(e.shrU(64, e.call(routine, e.place(16, place).read()), 32)) });
    },
    { asm: `${name.toLowerCase()} rm16` },
  );
});

const tables = (["GDT", "IDT"] as const).flatMap((table, n) => [
  insn(
    `S${table}`,
    n === 0 ? "0F 01 /0" : "0F 01 /1",
    ["mode", "size", "rm"],
    (e, { mode, size, ...place }) => {
      const base = e.system(`${table}_BASE`);
      e.store(16, e.address(place), e.and(32, e.wrap(e.system(`${table}_LIMIT`)), e.i32(0xffff)));
      const at = e.addressWith(place, e.i64(2));
      const kept = size === 16 ? e.and(64, base, e.i64(0xff_ffff)) : base;
      if (mode === CODE_64) e.store(64, at, kept);
      else e.store(32, at, e.wrap(kept));
    },
    { asm: `s${table.toLowerCase()} m`, place: "memory" },
  ),
  insn(
    `L${table}`,
    n === 0 ? "0F 01 /2" : "0F 01 /3",
    ["mode", "size", "rm"],
    (e, { mode, size, ...place }) => {
      e.requireSupervisor();
      const limit = e.load(16, e.address(place));
      const base = e.load(mode === CODE_64 ? 64 : 32, e.addressWith(place, e.i64(2)));
      const wide = e.wide(base);
      e.setSystem(`${table}_LIMIT`, e.wide(limit));
      e.setSystem(`${table}_BASE`, size === 16 ? e.and(64, wide, e.i64(0xff_ffff)) : wide);
    },
    { asm: `l${table.toLowerCase()} m`, place: "memory" },
  ),
]);

const registers = ([LDTR, TR] as const).flatMap((register) => {
  const name = register === LDTR ? "LDT" : "TR";
  const routine = register === LDTR ? loadLocalTable : loadTask;
  return [
    insn(
      register === LDTR ? "SLDT" : "STR",
      register === LDTR ? "0F 00 /0" : "0F 00 /1",
      ["size", "rm"],
      (e, { size, ...place }) => {
        requireDescriptors(e);
        storeSelector(e, size, place, e.read(state.selector, register));
      },
      { asm: register === LDTR ? "sldt rm" : "str rm" },
    ),
    insn(
      `L${name}`,
      register === LDTR ? "0F 00 /2" : "0F 00 /3",
      ["rm"],
      (e, place) => {
        requireDescriptors(e);
        e.requireSupervisor();
        e.attempt(routine, e.place(16, place).read());
      },
      { asm: `l${name.toLowerCase()} rm16` },
    ),
  ];
});

/** Volume 2: MOV, PUSH and POP of segment registers, LDS and its kin, and what system software asks of descriptors. */
export const segmentInstructions = [
  insn(
    "MOV (to a segment register)",
    "8E /op",
    ["op", "rm"],
    (e, { op, ...place }) => load(e, op, e.place(16, place).read(), place.length),
    { asm: NAMES.map((name) => `mov ${name}, rm16`), exists: ({ op }) => op < 6 && op !== CS },
  ),
  insn(
    "MOV (from a segment register)",
    "8C /op",
    ["op", "size", "rm"],
    (e, { op, size, ...place }) => storeSelector(e, size, place, e.read(state.selector, op)),
    { asm: NAMES.map((name) => `mov rm16, ${name}`), exists: ({ op }) => op < 6 },
  ),
  ...pushes,
  ...pops,
  ...farPointers,
  ...questions,
  ...verifications,
  insn(
    "ARPL",
    "63 /r i64",
    ["rm"],
    (e, { reg, ...place }) => {
      requireDescriptors(e);
      const to = e.place(16, place);
      const [old, wanted] = [to.read(), e.and(32, e.reg(16, reg), e.i32(3))];
      const lower = e.ltU(32, e.and(32, old, e.i32(3)), wanted);
      to.write(e.select(lower, e.or(32, e.and(32, old, e.i32(0xfffc)), wanted), old));
      e.changeFlags({ z: lower });
    },
    { asm: "arpl rm16, reg16" },
  ),
  ...tables,
  ...registers,
  insn(
    "SWAPGS",
    "0F 01 F8 o64",
    [],
    (e) => {
      e.requireSupervisor();
      const [base, other] = [e.read(state.segmentBase, GS), e.system("KERNEL_GS_BASE")];
      e.write(state.segmentBase, other, GS);
      e.setSystem("KERNEL_GS_BASE", base);
    },
    { asm: "swapgs" },
  ),
];
