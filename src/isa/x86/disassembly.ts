import type { Instruction } from "./decode.ts";
import { CONDITIONS, SUFFIX } from "./disassembly-names.ts";
import { operandOf, type Place, type Shown, type Syntax, writeOperand } from "./disassembly-operands.ts";
import { x87Text } from "./disassembly-x87.ts";
import { MODES } from "./modes.ts";
import { NO_REP, REP, RM_REGISTER } from "./operands.ts";

export type { Syntax } from "./disassembly-operands.ts";

/** Text of an instruction, as LLVM writes it; `mnemonic`: with its prefixes; `target`: what it names of memory. */
export function writeInstruction(
  found: Instruction,
  place: Place,
  syntax: Syntax,
): { text: string; mnemonic: string; target: bigint | undefined } {
  const { name, tokens } = template(found, MODES[place.mode]!.bits, syntax);
  const indirect = tokens.some((token) => token.startsWith("*"));
  const operands = tokens.map((token) => operandOf(token.replace("*", ""), found, place));
  const ordered = syntax === "att" && !FAR.test(name) ? [...operands].reverse() : operands;
  const written = ordered.map((operand) => writeOperand(operand, syntax));
  if (indirect && syntax === "att") written[0] = `*${written[0]!}`;
  const own = syntax === "att" ? attName(found, name, operands, place) : intelName(found, name);
  const mnemonic = spaced(prefixText(found, name), own);
  return { text: spaced(mnemonic, written.join(", ")), mnemonic, target: targetOf(operands) };
}

const spaced = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(" ");

/** AT&T writes them in Intel's order. */
const FAR = /^(?:ljmp|lcall|enter|bound)$/;

function targetOf(operands: readonly Shown[]): bigint | undefined {
  for (const operand of operands) {
    if (operand.kind === "target") return operand.address;
    if (operand.kind === "memory" && operand.text.target !== undefined) return operand.text.target;
  }
  return undefined;
}

const isX87 = (opcode: number): boolean => opcode >= 0xd8 && opcode <= 0xdf;
const STRING = /^(?:ins|outs|movs|cmps|scas|stos|lods)$/;

interface Template {
  readonly name: string;
  /** Intel's operands, in its order. */
  readonly tokens: readonly string[];
}

/** The row's text of this member of its family, with what follows from sizes and conditions. */
function template(found: Instruction, bits: 16 | 32 | 64, syntax: Syntax): Template {
  const { row, op, cc, opcode } = found;
  if (row.opcode.map === "" && isX87(opcode)) return x87Text(found, syntax);
  const text = typeof row.asmText === "string" ? row.asmText : row.asmText[op]!;
  const space = text.indexOf(" ");
  const tokens = space < 0 ? [] : text.slice(space + 1).split(", ");
  const name = (space < 0 ? text : text.slice(0, space)).replace(/cc$/, CONDITIONS[cc]!);
  return special(found, name, tokens, bits) ?? { name, tokens };
}

/** What has another name, or other operands, by what else is known of it. */
function special(found: Instruction, name: string, tokens: readonly string[], bits: number): Template | undefined {
  const { fields, prefixes, size, addressBits, rm } = found;
  const { repeat } = prefixes;
  switch (name) {
    case "xchg":
      if (tokens[0] !== "acc" || fields["reg"] !== 0) return undefined;
      return { name: repeat === 0xf3 ? "pause" : "nop", tokens: [] };
    case "fwait":
      return { name: "wait", tokens };
    case "jcxz":
      return { name: addressBits === 16 ? "jcxz" : addressBits === 32 ? "jecxz" : "jrcxz", tokens };
    case "movd":
      return { name: size === 64 ? "movq" : "movd", tokens };
    case "cmpxchg8b":
      return (prefixes.rex & 8) !== 0 ? { name: "cmpxchg16b", tokens: ["m128"] } : undefined;
    case "fxsave":
    case "fxrstor":
      return { name: (prefixes.rex & 8) !== 0 ? `${name}64` : name, tokens };
    case "rol":
    case "ror":
    case "rcl":
    case "rcr":
    case "shl":
    case "shr":
    case "sar":
      return { name, tokens: tokens.filter((token) => token !== "1") };
    case "sldt":
    case "str":
    case "smsw":
      return { name, tokens: rm === RM_REGISTER ? tokens : ["m16"] };
    case "aam":
    case "aad":
      return { name, tokens: fields["imm"] === 10 ? [] : tokens };
    case "prefetchw":
      return { name: found.op === 1 ? name : "prefetch", tokens };
    case "mov":
      if (tokens.some((token) => token === "cr" || token === "dr"))
        return { name, tokens: tokens.map((token) => (token === "rm" ? (bits === 64 ? "r64/m64" : "rm32") : token)) };
      // A register of any size takes a selector.
      if (tokens[1] === "rm16" || tokens[0] === "rm16")
        return { name, tokens: tokens.map((token) => (token === "rm16" && rm === RM_REGISTER ? "rm" : token)) };
      return undefined;
    default:
      return comparison(found, name, tokens);
  }
}

const PREDICATES = ["eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"];

/** CMPPS and its like have names of their own for each predicate. */
function comparison({ row, fields }: Instruction, name: string, tokens: readonly string[]): Template | undefined {
  const predicate = PREDICATES[fields["imm"] ?? -1];
  if (row.opcode.map !== "0F" || !/^cmp[ps][sd]$/.test(name) || predicate === undefined) return undefined;
  return { name: `cmp${predicate}${name.slice(3)}`, tokens: tokens.slice(0, -1) };
}

function prefixText({ prefixes, splits, row }: Instruction, name: string): string {
  const lock = prefixes.lock ? "lock" : "";
  const repeats = row.splitFields.some((field) => field.name === "rep") || STRING.test(name);
  if (!repeats || row.opcode.prefix !== undefined) return lock;
  const rep = splits["rep"] ?? NO_REP;
  return rep === NO_REP ? lock : rep === REP ? "rep" : "repne";
}

/** Those that AT&T gives no letter of a size. */
const PLAIN = [
  ...[
    /^j[^m]/,
    /^set/,
    /^loop/,
    /^(?:cl|st)[cdi]$/,
    /^cmc$/,
    /^[ls]ahf$/,
    /^hlt$/,
    /^pause$/,
    /^wait$/,
    /^int/,
    /^ud2$/,
    /^cpuid$/,
  ],
  ...[/^(?:rd|wr)msr$/, /^rd[tp][sm]c$/, /^sys(?:call|enter)$/, /^swapgs$/, /^clts$/, /^(?:wb)?invd$/, /^invlpg$/],
  ...[/^aa[amsd]$/, /^da[as]$/, /^salc$/, /^xlatb$/, /^clflush$/, /^prefetch/, /^[lms]fence$/, /^cmpxchg\d+b$/],
  ...[/^fx/, /^(?:ld|st)mxcsr$/, /^ver[rw]$/, /^arpl$/, /^emms$/, /^leave$/, /^enter$/, /^bound$/],
];
/** Operands of 16 bits, whatever the operand size is. */
const WORD = /^(?:lldt|ltr|lmsw)$/;
/** They have no operands of 64 bits, and these two none of 16. */
const PORT = /^(?:in|out)s?$/;
const SYSTEM_RETURN = /^sys(?:ret|exit)$/;

function attName(found: Instruction, name: string, operands: readonly Shown[], { mode }: Place): string {
  const { row, size, opcode } = found;
  const { bits } = MODES[mode]!;
  const { prefix, map, bytePlace, byteRegister } = row.opcode;
  const suffix = SUFFIX[PORT.test(name) && size === 64 ? 32 : size]!;
  const memory = operands.some((one) => one.kind === "memory");
  if (map === "" && isX87(opcode)) return name;
  if (name.startsWith("cvtsi2s")) return memory ? `${name}${suffix}` : name;
  if (name === "movnti") return `${name}${suffix}`;
  if (prefix !== undefined || /(?:^|[ ,])x?mm\b/.test(String(row.asmText))) return name;
  if (PLAIN.some((plain) => plain.test(name)) || (name === "nop" && operands.length === 0)) return name;
  if (WORD.test(name)) return `${name}w`;
  switch (name) {
    case "cbw":
      return size === 16 ? "cbtw" : size === 32 ? "cwtl" : "cltq";
    case "cwd":
      return size === 16 ? "cwtd" : size === 32 ? "cltd" : "cqto";
    case "movzx":
    case "movsx":
      return `${name.slice(0, 4)}${bytePlace ? "b" : "w"}${suffix}`;
    case "movsxd":
      return `movsl${suffix}`;
    case "mov":
      return attMove(found, operands, bits) ?? `mov${suffix}`;
    case "lgdt":
    case "lidt":
    case "sgdt":
    case "sidt":
      return `${name}${bits === 64 ? "q" : suffix}`;
    case "sldt":
    case "str":
    case "smsw":
      return memory ? `${name}w` : `${name}${suffix}`;
    case "sysret":
    case "sysexit":
      return `${name}${size === 64 ? "q" : "l"}`;
    case "jmp":
      return operands[0]!.kind === "target" ? name : `${name}${suffix}`;
  }
  return `${name}${bytePlace || byteRegister ? "b" : suffix}`;
}

/** Moves that do not have the operand size, or another name. */
function attMove(
  { row, size, addressBits }: Instruction,
  operands: readonly Shown[],
  bits: number,
): string | undefined {
  const { immediates, byteRegister, opcodes } = row.opcode;
  if (immediates[0] === "moffs" && addressBits === 64) return `movabs${SUFFIX[size]!}`;
  if (immediates[0] === "iv" && size === 64) return "movabsq";
  if (byteRegister) return "movb";
  const named = (names: RegExp): boolean => operands.some((one) => one.kind === "register" && names.test(one.name));
  if (named(/^[cd]r\d/)) return bits === 64 ? "movq" : "movl";
  const selector = opcodes[0]!.opcode === 0x8c || opcodes[0]!.opcode === 0x8e;
  return selector && operands.some((one) => one.kind === "memory") ? "movw" : undefined;
}

function intelName({ size, row, addressBits }: Instruction, name: string): string {
  const { immediates } = row.opcode;
  const letter = { 8: "b", 16: "w", 32: "d", 64: "q" }[size];
  if (STRING.test(name)) return `${name}${PORT.test(name) && size === 64 ? "d" : letter}`;
  if (SYSTEM_RETURN.test(name)) return size === 64 ? `${name}q` : name;
  switch (name) {
    case "cbw":
      return size === 16 ? "cbw" : size === 32 ? "cwde" : "cdqe";
    case "cwd":
      return size === 16 ? "cwd" : size === 32 ? "cdq" : "cqo";
    case "lret":
      return size === 64 ? "retfq" : "retf";
    case "iret":
    case "pushf":
    case "popf":
    case "pusha":
    case "popa":
      return size === 16 ? name : `${name}${letter}`;
    case "mov": {
      const long = immediates[0] === "iv" ? size === 64 : immediates[0] === "moffs" && addressBits === 64;
      return long ? "movabs" : name;
    }
  }
  return name;
}
