import { DESCRIPTORS, gates32 } from "./sources.ts";

/** A task's state in memory. */
export interface TaskState {
  readonly name: string;
  readonly wide: boolean;
  readonly eip: string | number;
  readonly eflags?: number;
  readonly esp?: number;
  readonly ebp?: string;
  readonly cr3?: string | number;
  readonly local?: number;
  /** ES, CS, SS, DS, FS, GS. */
  readonly selectors: readonly [number, number, number, number, number, number];
  /** Of privilege 0: ESP and SS. */
  readonly inner?: readonly [esp: number, ss: number];
  /** Its descriptor, if it is not that of a free one. */
  readonly descriptor?: string;
}

export const FLAT: TaskState["selectors"] = [0x10, 0x08, 0x10, 0x10, 0x10, 0x10];
export const USER: TaskState["selectors"] = [0x3b, 0x33, 0x3b, 0x3b, 0x3b, 0x3b];

/** `salt`: its registers begin with what tells it from others. */
function taskState(task: TaskState, salt: number): string {
  const { name, wide, eip, eflags = 2, esp = 0x8000, ebp, cr3 = 0, local = 0, inner = [0x7000, 0x10] } = task;
  const cut = (value: number): number => (value & (wide ? 0xffff_ffff : 0xffff)) >>> 0;
  const registers = Array.from({ length: 8 }, (_, n) => String(cut((salt + n) * 0x01010101)));
  registers[4] = String(esp);
  if (ebp !== undefined) registers[5] = ebp;
  const word = wide ? ".long" : ".word";
  const head = [0, ...inner, 0, 0, 0, 0, ...(wide ? [cr3] : [])];
  const selectors = task.selectors.slice(0, wide ? 6 : 4);
  return `.balign 16
    ${name}: ${word} ${[...head, eip, eflags, ...registers, ...selectors, local].join(", ")}
      ${wide ? `.word 0, 0x68` : ""}`;
}

/** `access`: 89 for a free one of 32 bits; `limit`: where its last byte is. */
export const taskDescriptor = (name: string, access: number, limit: number): string =>
  `.word ${limit}, ${name}, ${access << 8}, 0`;
export const taskGate = (selector: number, access = 0xe5): string => `.word 0, ${selector}, ${access << 8}, 0`;
const freeTask = ({ name, wide }: TaskState): string =>
  wide ? taskDescriptor(name, 0x89, 0x67) : taskDescriptor(name, 0x81, 0x2b);

/** Of the first task's descriptor: they are behind those that programs share. */
const FIRST = 0x88;
export const selectorOf = (n: number, rpl = 0): number => FIRST + 8 * n + rpl;

export interface Tasks {
  readonly states: readonly TaskState[];
  /** More descriptors, behind those of the tasks. */
  readonly more?: readonly string[];
  /** Entries of the interrupt table that are not those that programs share. */
  readonly gates?: Readonly<Record<number, string>>;
}

/** The tables that programs share, with tasks. */
export function taskTables({ states, more = [], gates = {} }: Tasks): string {
  const descriptors = [...states.map((state) => state.descriptor ?? freeTask(state)), ...more].join("\n      ");
  return `${withGates(gates32(), gates)}
    ${DESCRIPTORS.replace("gdt_end:", `${descriptors}\n    gdt_end:`)}
    ${states.map((state, n) => taskState(state, 0x10 * (n + 1))).join("\n")}
    states_end:`;
}

function withGates(table: string, gates: Readonly<Record<number, string>>): string {
  const [before, rest] = table.split("idt: ") as [string, string];
  const end = rest.indexOf("idtr:");
  const entries = rest.slice(0, end).trim().split("\n");
  const now = entries.map((entry, vector) => gates[vector] ?? entry.trim());
  return `${before}idt: ${now.join("\n      ")}\n    ${rest.slice(end)}`;
}
