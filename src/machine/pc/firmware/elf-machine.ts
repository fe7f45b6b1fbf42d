/** Processors that executables are for (System V ABI, chapter 4). */
export const ElfMachine = { I386: 3, X86_64: 62 } as const;
