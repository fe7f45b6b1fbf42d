/** A table that programs share: 08, 10 flat code and data of 32 bits; 18 of 64; 20, 28 of 16; 30 and on at level 3. */
export const DESCRIPTORS = `
    .balign 8
    gdt: .quad 0
      .quad 0x00cf9b000000ffff
      .quad 0x00cf93000000ffff
      .quad 0x00af9b000000ffff
      .quad 0x00009b000000ffff
      .quad 0x000093000000ffff
      .quad 0x00cffb000000ffff
      .quad 0x00cff3000000ffff
      .quad 0x00affb000000ffff
    gdt_end:
    gdtr: .word gdt_end - gdt - 1
      .quad gdt
`;
