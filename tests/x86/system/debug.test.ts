import { expect, it } from "vitest";
import type { DebugTarget } from "../../../src/isa/x86/index.ts";
import { runBeside } from "./lockstep.ts";
import type { Ours } from "./ours.ts";
import type { Reference, ReferenceMachine } from "./reference.ts";
import { DESCRIPTORS, gates32, gates64, LONG, PROTECTED, TO_USER, TRY } from "./sources.ts";

const I386: ReferenceMachine = { program: "qemu-system-i386", model: "qemu32" };
/** The reference shows 0. */
const NOT_SHOWN = ["ftag", "fiseg", "fioff", "foseg", "fooff", "fop"];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The reference's hidden descriptor does not say that the task's state is in use. */
const withoutBusy = (line: string): string =>
  line.replace(/^(TR .* 0000)8b00/, "$18900").replace(/(TSS\d\d)-busy/, "$1-avl");

/** All registers by `g`, and the monitor's text of them. */
const differences =
  (target: DebugTarget) =>
  async (ours: Ours, theirs: Reference): Promise<string | undefined> => {
    const debug = ours.debug(target);
    const dump = await theirs.dump();
    let at = 0;
    for (const { name, number, bits } of debug.registers) {
      const [own, other] = [hex(debug.readRegister(number)), dump.slice(at, (at += bits / 4))];
      if (own !== other && !NOT_SHOWN.includes(name)) return `${name}: ours ${own}, theirs ${other}`;
    }
    if (at !== dump.length) return `${dump.length - at} digits more`;
    const text = (await theirs.monitor("info registers")).replaceAll("\r", "");
    const lines = text.replace("\nCPU#0\n", "").split("\n").map(withoutBusy);
    const own = debug.describeRegisters().split("\n").map(withoutBusy);
    const wrong = lines.findIndex((line, n) => line !== own[n]);
    return wrong < 0 ? undefined : `ours "${own[wrong]}", theirs "${lines[wrong]}"`;
  };

async function sameShown(source: string, target: DebugTarget, machine?: ReferenceMachine): Promise<void> {
  const options = { also: differences(target), ...(machine && { machine }) };
  const { difference, end } = await runBeside(source, [], options);
  expect(difference ?? end).toBe("loop");
}

const vectors = (letter: "e" | "r"): string => `mov $0x1234567, %eax
  mov %cr4, %${letter}bx
  or $0x600, %ebx
  mov %${letter}bx, %cr4
  movd %eax, %xmm1
  pshufd $0x1b, %xmm1, %xmm7
`;

it("registers are shown as QEMU shows them: real and protected mode, level 3", () =>
  sameShown(
    `${TRY}${PROTECTED}${vectors("e")}
      sti
      nop
      std
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
    "x86_64",
  ));

it("registers are shown as QEMU shows them: long mode", () =>
  sameShown(
    `${TRY}${LONG}${vectors("r")}
      mov $0x123456789abcdef, %r9
      movq %r9, %xmm12
      pushq $0x3b
      pushq $0xa000
      pushq $0x43
      pushq $user
      lretq
    user: push $0x3b
      pop %rax
      mov %ax, %es
      int $0x34
    ${gates64()}
    ${DESCRIPTORS}`,
    "x86_64",
  ));

it("registers are shown as QEMU shows them: qemu-system-i386", () =>
  sameShown(
    `${TRY}${PROTECTED}${vectors("e")}
      ${TO_USER}
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
    "i386",
    I386,
  ));

const nulls = `xor %eax, %eax
      mov %ax, %ds
      mov $3, %ax
      mov %ax, %es
      mov %ax, %fs
      mov %ax, %gs
`;

it("null selectors are shown as QEMU shows them: loaded, and left behind by a return to level 3", () =>
  sameShown(
    `${TRY}${PROTECTED}${nulls}
      ${TO_USER}
      mov $0x3b, %ax
      mov %ax, %ds
      xor %eax, %eax
      mov %ax, %es
      int $0x34
    ${gates32()}
    ${DESCRIPTORS}`,
    "x86_64",
  ));

it("null selectors are shown as QEMU shows them: in long mode, and of a stack", () =>
  sameShown(
    `${TRY}${LONG}${nulls}
      xor %eax, %eax
      mov %ax, %ss
      pushq $0x3b
      pushq $0xa000
      pushq $0x43
      pushq $user
      lretq
    user: int $0x34
    ${gates64()}
    ${DESCRIPTORS}`,
    "x86_64",
  ));
