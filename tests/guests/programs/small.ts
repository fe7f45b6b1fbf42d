import { boards, type EmulatedMachine } from "../../../src/machine/index.ts";
import { SEMANTICS } from "../../../src/timetravel/index.ts";
import { writeElf } from "../../differential/elf.ts";
import { assemble } from "../../differential/toolchain.ts";

const CODE = 0x40080000;
/** What the program loads and stores lies in this page and its neighbours. */
export const SMALL_DATA = 0x40100000;

/**
 * A bare-metal program with all that makes histories interesting: loads and stores of every size, pairs that cross
 * pages, an exclusive loop, floating point, code that changes itself, system calls, timer interrupts, idling, serial input and output,
 * and page tables under which the same RAM has two addresses.
 */
const source = `
        .section .text, "ax"
_start: ldr     x0, =0x40200000         // level 1 table: 1 GB blocks
        mov     x1, #0x401              // devices at 0: attribute 0, accessed
        str     x1, [x0]
        ldr     x1, =0x40000705         // RAM at 0x40000000: attribute 1, inner shareable
        str     x1, [x0, #8]
        str     x1, [x0, #16]           // and at 0x80000000 again
        ldr     x1, =0xff00
        msr     mair_el1, x1
        ldr     x1, =0x00803519         // 39 bits of address, 4 KB granule, TTBR0 only
        msr     tcr_el1, x1
        msr     ttbr0_el1, x0
        isb
        mrs     x1, sctlr_el1
        orr     x1, x1, #1
        msr     sctlr_el1, x1
        isb
        adr     x0, vectors
        msr     vbar_el1, x0
        ldr     x0, =0x40110000
        mov     sp, x0
        mov     x0, #3 << 20
        msr     cpacr_el1, x0
        mov     x0, #0x08000000         // GIC: the timer is 30, the UART 33
        mov     w1, #1
        str     w1, [x0]
        mov     w2, #1 << 30
        str     w2, [x0, #0x100]
        mov     w2, #2
        str     w2, [x0, #0x104]
        mov     w2, #0x0100
        str     w2, [x0, #0x820]
        mov     x3, #0x08010000
        mov     w2, #0xff
        str     w2, [x3, #4]
        str     w1, [x3]
        mov     x22, #0x09000000        // UART
        mov     w1, #0x10
        str     w1, [x22, #0x38]
        mov     w1, #0x301
        str     w1, [x22, #0x30]
        ldr     x20, =${SMALL_DATA}
        ldr     x21, =${SMALL_DATA + 0x40000000}
        add     x24, x20, #128
        mov     x19, #12345
        mov     x23, #0
        bl      rearm
        msr     daifclr, #2
loop:   ldr     x0, =6364136223846793005
        madd    x19, x19, x0, x0
        lsr     x1, x19, #52
        bic     x2, x1, #7
        str     x19, [x20, x2]
        ldrb    w3, [x21, x1]
        add     x2, x20, #0xff8
        stp     x3, x19, [x2]
        ldr     w4, [x21, x1, lsl #0]
        ldr     q0, [x20, #64]
        str     q0, [x21, #80]
        strh    w4, [x20, #6]
        scvtf   d1, x19                 // floating point, with its flags
        ucvtf   d2, x4
        fdiv    d3, d1, d2
        fmadd   d3, d3, d1, d2
        fcvtzs  w13, d3
        mrs     x12, fpsr
        str     x12, [x20, #96]
1:      ldxr    x5, [x24]
        add     x5, x5, #1
        stxr    w6, x5, [x24]
        cbnz    w6, 1b
        add     x23, x23, #1
        tst     x23, #15
        b.ne    2f
        svc     #1
        and     w7, w19, #63
        add     w7, w7, #32
        str     w7, [x22]
2:      tst     x23, #63
        b.ne    3f
        adr     x8, patched
        lsr     w9, w19, #28
        mov     w10, #0x000b
        movk    w10, #0x5280, lsl #16   // movz w11, #imm
        orr     w10, w10, w9, lsl #5
        str     w10, [x8]
        dc      cvau, x8
        dsb     ish
        ic      ivau, x8
        dsb     ish
        isb
        wfi
3:
patched: mov    w11, #0
        str     w11, [x21, #256]
        b       loop

rearm:  mov     x0, #1777
        msr     cntp_tval_el0, x0
        mov     x0, #1
        msr     cntp_ctl_el0, x0
        ret

irq:    stp     x0, x1, [sp, #-48]!
        stp     x2, x3, [sp, #16]
        str     x30, [sp, #32]
        mov     x3, #0x08010000
        ldr     w2, [x3, #0xc]
        cmp     w2, #33
        b.eq    1f
        bl      rearm
        ldr     x0, [x20, #512]
        add     x0, x0, #1
        str     x0, [x21, #512]
        b       2f
1:      ldr     w0, [x22]
        strb    w0, [x20, #520]
        str     w0, [x22]
2:      str     w2, [x3, #0x10]
        ldr     x30, [sp, #32]
        ldp     x2, x3, [sp, #16]
        ldp     x0, x1, [sp], #48
        eret
call:   str     x23, [x20, #528]
        eret

        .balign 2048
vectors: .fill 512 / 4, 4, 0x14000000  // what is not expected stays where it is
        b       call                    // SVC at 0x200
        .balign 128
        b       irq                     // IRQ at 0x280
        .balign 128
`;

/** The program as an ELF image. */
export async function smallProgram(): Promise<Uint8Array> {
  return writeElf(CODE, [{ address: CODE, bytes: await assemble(source, CODE) }]);
}

/** A machine that runs it. */
export function smallMachine(
  kernel: Uint8Array,
  interpreter: WebAssembly.Module,
  semantics: number = SEMANTICS,
): EmulatedMachine {
  return boards.create({
    configuration: {
      board: "virt",
      cpu: "cortex-a53",
      ramBytes: 64 * 2 ** 20,
      shift: 4,
      append: "",
      reboot: false,
      randomness: true,
      semantics,
    },
    images: { kernel },
    interpreter,
  });
}
