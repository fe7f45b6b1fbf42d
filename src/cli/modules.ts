/** A file that a kernel gets in the initrd's place, and its command line: all that `-initrd` says of it. */
export interface NamedModule {
  readonly file: string;
  readonly line: string;
}

/** `-initrd` where it lists modules: "FILE ARGUMENTS,FILE". A comma that is meant is doubled; one at the end is nothing. */
export function splitModules(text: string): readonly NamedModule[] {
  const parts = Array.from(text.matchAll(/((?:[^,]|,,)*)(?:,|$)/g), ([, part = ""]) => part);
  const named = parts.length > 1 ? parts.slice(0, -1) : parts;
  return named.map((part) => {
    const line = part.replaceAll(",,", ",").trimStart();
    return { file: line.split(" ")[0]!, line };
  });
}
