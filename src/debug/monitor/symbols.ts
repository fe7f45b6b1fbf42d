import { UserError } from "../../base/index.ts";
import type { KernelPlace } from "../symbols/kallsyms.ts";
import { type Command, single } from "./command.ts";

const NO_KERNEL = "no Linux kernel with symbols is in the guest's memory here";

/** What its user should know before they load symbols at the addresses of this moment. */
function describe({ relocated, offset }: KernelPlace): string {
  if (!relocated)
    return "the kernel has not relocated itself yet: these are the addresses that it was linked for, and with KASLR it will run elsewhere. Ask again when it does";
  if (offset === undefined) return "how far the kernel has moved (KASLR) is not known here; earlier or later it is";
  const moved = offset < 0n ? `-0x${(-offset).toString(16)}` : `0x${offset.toString(16)}`;
  if (offset === 0n) return "the kernel runs where it was linked for (no KASLR offset)";
  return `KASLR offset ${moved}; a vmlinux of its own: symbol-file vmlinux -o ${moved}`;
}

export const symbols: readonly Command[] = [
  {
    name: "symbols",
    args: "FILE",
    help: "write the running kernel's symbols to a file that gdb's symbol-file loads",
    async run({ target }, args) {
      const file = single(args, "the file to write");
      const { writeFile } = target.host;
      if (!writeFile) throw new UserError("no files can be written here; the page has a button for it");
      const symbols = target.symbolFile();
      const place = target.kernelPlace();
      if (!symbols || !place) throw new UserError(NO_KERNEL);
      await writeFile.call(target.host, file, symbols.bytes);
      return `${symbols.count} symbols written to ${file}; in gdb: symbol-file ${file}\n${describe(place)}`;
    },
  },
  {
    name: "info kaslr",
    args: "",
    help: "show how far the kernel has moved from where it was linked for",
    run({ target }) {
      const place = target.kernelPlace();
      if (!place) throw new UserError(NO_KERNEL);
      return describe(place);
    },
  },
];
