import { describe, it } from "vitest";
import { Random } from "../random.ts";
import { same } from "./running.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TO_USER, TRY } from "./sources.ts";

const PROGRAMS = Number(process.env["HINDSIGHT_X86_PROGRAMS"] ?? 3);
const seeds = Array.from({ length: PROGRAMS }, (_, n) => n + 1);
const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join("\n");
const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

const FIRST = 0x90;
const COUNT = 40;
/** States that are free, and gates to them. */
const TASKS = new Set([1, 5, 9]);

/** A descriptor with bits as they come; code begins at 0 and has 32 bits, so that what is called returns. */
function descriptor(random: Random): bigint {
  const any = random.below(16);
  const system = random.below(4) === 0;
  // Tasks are not switched.
  const type = system && TASKS.has(any) ? 0 : any;
  const code = !system && (type & 8) !== 0;
  const [dpl, present] = [random.pick([0, 0, 3, 3, 1, 2]), random.below(6) !== 0];
  const access = type | (system ? 0 : 0x10) | (dpl << 5) | (present ? 0x80 : 0);
  const flags = code ? 0xc : random.below(16) & 0xd;
  const limit = code ? 0xf_ffff : random.below(0x10_0000);
  const base = code || random.below(2) ? 0 : random.below(0x10_0000);
  // What looks like a gate leads nowhere.
  const low = system ? BigInt(random.below(0x1000)) << 16n : (BigInt(base) & 0xffffffn) << 16n;
  const high = (BigInt(access) << 40n) | (BigInt(flags) << 52n) | (BigInt(limit >> 16) << 48n);
  return BigInt(limit & 0xffff) | low | high;
}

function segmentOperation(random: Random): string {
  const selector = FIRST + 8 * random.below(COUNT) + random.below(4);
  const segment = random.pick(["ds", "es", "fs", "gs"]);
  switch (random.below(9)) {
    case 0:
      return `mov $${hex(selector)}, %eax\n lar %ax, %ebx\n lsl %ax, %ecx`;
    case 1:
      return `mov $${hex(selector)}, %eax\n verr %ax\n verw %ax`;
    case 2:
      return `mov %esp, %esi\n try lcall $${hex(selector)}, $called0\n mov %esi, %esp`;
    case 3:
      return `mov %esp, %esi\n push $${hex(selector)}\n try pop %${random.pick(["ds", "es", "fs", "gs"])}\n mov %esi, %esp`;
    default:
      return `mov $${hex(selector)}, %eax\n try mov %ax, %${segment}\n mov %${segment}, %ecx`;
  }
}

/** An entry that says this frame. Reserved bits are seldom set. */
function entry(random: Random, frame: number, wide: boolean): bigint {
  const bits = BigInt(random.below(8) | (random.below(8) ? 1 : 0) | (random.below(2) << 5) | (random.below(2) << 6));
  const high = !wide
    ? 0n
    : (random.below(4) ? 0n : 1n << 63n) | (random.below(12) ? 0n : 1n << BigInt(40 + random.below(12)));
  return BigInt(frame) | bits | high;
}

const pageOperation = (random: Random, at: string, wide: boolean): string => {
  const address = wide ? `(%rbx)` : `(%ebx)`;
  const offset = random.pick([0, 8, 0xffe]);
  const load = wide ? `movabs $${at}, %rbx` : `mov $${at}, %ebx`;
  return `${load}\n try ${random.pick(["mov", "mov", "add"])} ${offset}${address}, %eax\n try movl $${random.below(100)}, ${offset}${address}`;
};

describe("generated programs beside QEMU, step by step:", () => {
  it.each(seeds)("descriptors, %i", async (seed) => {
    const random = new Random(seed);
    const operations = (): string => times(60, () => segmentOperation(random));
    await same(`${TRY}${PROTECTED}
      ${operations()}
      mov $0x10, %eax
      mov %ax, %ds
      mov %ax, %ss
      mov $0x9000, %esp
      push $0x3b
      push $0xa000
      pushf
      push $0x33
      push $user
      iret
    called0: lret
    user:
      ${operations()}
      int $0x34
    ${gates32()}
    ${DESCRIPTORS.replace("gdt_end:", `${times(COUNT, () => `.quad ${hex(descriptor(random))}`)}\n gdt_end:`)}`);
  });

  it.each(seeds)("pages of 32 bits, %i", async (seed) => {
    const random = new Random(seed);
    const address = (): string => hex(0x40_0000 * (1 + random.below(4)) + 0x1000 * random.below(16));
    const operations = (): string => times(50, () => pageOperation(random, address(), false));
    await same(
      `${TRY}${PROTECTED}
      movl $0x11007, 0x10000
      mov $0x11000, %edi
      mov $7, %eax
    1: mov %eax, (%edi)
      add $0x1000, %eax
      add $4, %edi
      cmp $0x100007, %eax
      jne 1b
      ${times(4, (n) => `movl $${hex(entry(random, 0x12000 + 0x1000 * n, false) | 1n)}, ${hex(0x10004 + 4 * n)}`)}
      ${times(64, (n) => `movl $${hex(entry(random, 0x50000 + 0x1000 * random.below(8), false))}, ${hex(0x12000 + 0x1000 * (n >> 4) + 4 * (n & 15))}`)}
      mov $0x10000, %eax
      mov %eax, %cr3
      mov %cr0, %eax
      or $${hex(0x8000_0000 + 0x1_0000 * random.below(2))}, %eax
      mov %eax, %cr0
      ${operations()}
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      ${operations()}
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
      [
        [0x10000, 0x6000],
        [0x50000, 0x8000],
      ],
    );
  });

  it.each(seeds)("pages of four levels, %i", async (seed) => {
    const random = new Random(seed);
    const address = (): string =>
      hex(
        0x80_0000_0000n +
          0x4000_0000n * BigInt(random.below(2)) +
          0x20_0000n * BigInt(random.below(4)) +
          0x1000n * BigInt(random.below(8)),
      );
    const operations = (): string => times(50, () => pageOperation(random, address(), true));
    const put = (at: number, value: bigint): string => `movabs $${hex(value)}, %rax\n mov %rax, ${hex(at)}`;
    await same(
      `${TRY}${LONG}
      mov $0xc0000080, %ecx
      mov $${random.pick(["0xd01", "0xd01", "0x501"])}, %eax
      xor %edx, %edx
      wrmsr
      mov %cr0, %rax
      or $${hex(random.below(2) << 16)}, %rax
      mov %rax, %cr0
      ${put(0xb008, 0x18007n)}
      ${times(2, (n) => put(0x18000 + 8 * n, entry(random, 0x19000 + 0x1000 * n, true) | 1n))}
      ${times(8, (n) => put(0x19000 + 0x1000 * (n >> 2) + 8 * (n & 3), entry(random, 0x1b000 + 0x1000 * n, true) | 1n))}
      ${times(64, (n) => put(0x1b000 + 0x1000 * (n >> 3) + 8 * (n & 7), entry(random, 0x50000 + 0x1000 * random.below(8), true)))}
      mov %cr3, %rax
      mov %rax, %cr3
      ${operations()}
      pushq $0x3b
      pushq $0xa000
      pushfq
      pushq $0x43
      pushq $user
      iretq
    user:
      ${operations()}
      int $0x34
    ${gates64()}
    ${DESCRIPTORS}`,
      [
        [0xb000, 0x1000],
        [0x18000, 0xb000],
        [0x50000, 0x8000],
      ],
    );
  });
});
