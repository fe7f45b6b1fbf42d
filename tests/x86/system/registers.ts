/** What both machines show of themselves after a step. Selectors and general registers as the code sees them. */
export interface Registers {
  readonly values: ReadonlyMap<string, bigint>;
}

export const GENERAL = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"] as const;
export const EXTENDED = Array.from({ length: 8 }, (_, n) => `r${n + 8}`);
export const SELECTORS = ["es", "cs", "ss", "ds", "fs", "gs"] as const;

/** The differences of two, as text. */
export function differing(ours: Registers, theirs: Registers): string[] {
  return [...theirs.values].flatMap(([name, value]) => {
    const own = ours.values.get(name);
    return own === value ? [] : [`${name}: ours ${own?.toString(16)}, theirs ${value.toString(16)}`];
  });
}
