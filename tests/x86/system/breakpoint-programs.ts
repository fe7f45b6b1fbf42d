import type { Random } from "../random.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED } from "./sources.ts";

/** Where the handler writes what it was told. */
export const LOG = 0x1_0000;
/** What is watched, on two pages: a part for each breakpoint, so that no access hits two. */
const DATA = 0x2_0fe0;
const PART = 16;
/** Nobody is there. */
const PORTS = 0x2340;
const PLACES = 24;
const ROUNDS = 4;
const KINDS = 4;

type Size = 32 | 64;
const letter = (size: Size): string => (size === 64 ? "r" : "e");
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/**
 * Logs DR6, EIP, ECX and EBX, and lets the instruction by. The reference tells earlier hits again until
 * something else on their page was loaded and stored.
 */
function handler(size: Size): string {
  const r = letter(size);
  const saved = ["ax", "cx", "di"].map((name) => `%${r}${name}`);
  const slot = (n: number): string => `${(n * size) / 8}(%${r}sp)`;
  return `debug: ${saved.map((name) => `push ${name}`).join("\n")}
      mov $${LOG}, %edi
      add log, %edi
      addl $16, log
      orb $0, ${hex(DATA - 1)}
      orb $0, ${hex(DATA + 4 * PART + 1)}
      mov %dr6, %${r}ax
      mov %eax, (%edi)
      mov ${slot(3)}, %ecx
      mov %ecx, 4(%edi)
      mov ${slot(1)}, %ecx
      mov %ecx, 8(%edi)
      mov %ebx, 12(%edi)
      orl $0x10000, ${slot(5)}
      ${saved
        .toReversed()
        .map((name) => `pop ${name}`)
        .join("\n")}
      ${size === 64 ? "iretq" : "iret"}
    log: .long 0`;
}

function operation(random: Random): string {
  // What is not aligned hits elsewhere, too, on the reference.
  const [at, word] = [DATA + random.below(4 * PART), DATA + 4 * random.below(PART)].map(hex);
  const register = random.pick(["%eax", "%ax", "%al"]);
  const place = register === "%al" ? at : word;
  const port = hex(PORTS + random.below(6));
  return random.pick([
    `mov ${place}, ${register}`,
    `mov ${register}, ${place}`,
    `add ${register}, ${place}`,
    `movl $${random.below(100)}, ${word}`,
    `incb ${at}`,
    `cmpxchg %ebx, ${word}`,
    `mov $${at}, %edi\n mov $${1 + random.below(4)}, %ecx\n rep stosb`,
    `mov $${word}, %esi\n mov $0x9000, %edi\n mov $${1 + random.below(3)}, %ecx\n rep movsl`,
    `mov $${port}, %edx\n in %dx, ${register}`,
    `mov $${port}, %edx\n out ${register}, %dx`,
    "pushf\n popf",
    "inc %ebx",
    "nop",
  ]);
}

/** DR0 to DR3 and DR7. Of instructions' breakpoints there is none at what comes after a port. */
function arming(random: Random, size: Size): string {
  const set = (register: number, value: string): string =>
    `mov $${value}, %eax\n mov %${letter(size)}ax, %dr${register}`;
  const kinds = Array.from({ length: KINDS }, () => random.below(KINDS));
  const control = kinds.map((kind, n) => {
    const length = kind === 0 ? 0 : random.below(4);
    return (random.pick([0, 1, 2, 3, 1, 1]) << (2 * n)) | (kind << (16 + 4 * n)) | (length << (18 + 4 * n));
  });
  const addresses = kinds.map((kind, n) => {
    if (kind === 0) return `place${random.below(PLACES)}`;
    return hex(kind === 2 ? PORTS + random.below(6) : DATA + PART * n + random.below(8));
  });
  const all = control.reduce((sum, bits) => sum | bits, random.below(2) * 0x300);
  return [set(7, "0"), ...addresses.map((address, n) => set(n, address)), set(7, hex(all))].join("\n      ");
}

/** Accesses of all kinds while breakpoints come and go. */
export function breakpointProgram(random: Random, size: Size): string {
  const rounds = Array.from({ length: ROUNDS }, () => `${arming(random, size)}\n call round`);
  const places = Array.from({ length: PLACES }, (_, n) => `place${n}: ${operation(random)}`);
  const table = size === 64 ? gates64() : gates32();
  return `${size === 64 ? LONG : PROTECTED}
      ${rounds.join("\n      ")}
      xor %eax, %eax
      mov %${letter(size)}ax, %dr7
      jmp done
    round: ${places.join("\n      ")}
      ret
    ${handler(size)}
    ${table.replace(`.word return${size},`, ".word debug,")}
    ${DESCRIPTORS}`;
}
