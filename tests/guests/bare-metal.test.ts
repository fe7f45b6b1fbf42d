import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeElf } from "../differential/elf.ts";
import { assemble, withFolder } from "../differential/toolchain.ts";
import { hindsight, Running } from "../e2e/command-line.ts";

const CODE = 0x4020_0000;

/** Prints what a program finds when it starts, and turns the power off. */
const source = `
_start: mov     x20, x0
        adr     x21, table
        mov     x22, #0x09000000
        mov     x0, sp
        bl      print
        mov     x0, x20
        bl      print
        mov     x0, x1
        bl      print
        mov     x0, x30
        mrs     x0, currentel
        bl      print
        mrs     x0, daif
        bl      print
        mrs     x0, sctlr_el1
        bl      print
        mrs     x0, midr_el1
        bl      print
        mov     x1, #0x40000000         // the device tree: magic and size
        ldr     x0, [x1]
        bl      print
        ldr     x0, =data
        ldr     x0, [x0]
        bl      print
        ldr     x0, =0x84000008
        hvc     #0
        b       .
print:  mov     x3, #60
1:      lsr     x4, x0, x3
        and     x4, x4, #15
        ldrb    w4, [x21, x4]
        strb    w4, [x22]
        subs    x3, x3, #4
        b.ge    1b
        mov     w4, #10
        strb    w4, [x22]
        ret
table:  .ascii "0123456789abcdef"
data:   .quad 0x1122334455667788
`;

async function outputOf(machine: Running): Promise<string> {
  try {
    expect(await machine.exit).toBe(0);
    return machine.output.replace(/^compiling\n/, "");
  } finally {
    machine.end();
  }
}

it("a bare-metal ELF, started by -kernel, finds what it finds on QEMU", () =>
  withFolder(async (folder) => {
    const file = join(folder, "program.elf");
    writeFileSync(file, writeElf(CODE, [{ address: CODE, bytes: await assemble(source, CODE) }]));
    const args = [
      "-M",
      "virt",
      "-cpu",
      "cortex-a53",
      "-m",
      "64",
      "-display",
      "none",
      "-nic",
      "none",
      "-serial",
      "stdio",
    ];
    const options = [...args, "-monitor", "none", "-kernel", file];
    const expected = await outputOf(new Running(spawn("qemu-system-aarch64", options, { stdio: "pipe" })));
    expect(await outputOf(hindsight(...options))).toBe(expected);
    expect(expected).toMatch(/edfe0dd0\n1122334455667788\n$/);
  }));

it("a file that is no ELF for this machine is refused in one line", () =>
  withFolder(async (folder) => {
    const file = join(folder, "program.elf");
    const elf = writeElf(CODE, [{ address: CODE, bytes: new Uint8Array(16) }]);
    elf[18] = 62;
    writeFileSync(file, elf);
    const machine = hindsight("-M", "virt", "-nographic", "-kernel", file);
    expect(await machine.exit).toBe(1);
    expect(machine.output).toMatch(/^(compiling\n)?[^\n]*not for little-endian AArch64\n$/);
  }));
