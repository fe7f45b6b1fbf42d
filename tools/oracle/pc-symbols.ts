import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { nodeHost } from "../../src/cli/scheduler.ts";
import { DebugTarget, type SymbolTable } from "../../src/debug/index.ts";
import { Translator } from "../../src/engine/translator/index.ts";
import { x86 } from "../../src/isa/x86/index.ts";
import { boards, type MachineConfiguration } from "../../src/machine/index.ts";
import { MemoryStore } from "../../src/storage/index.ts";
import { recordSession, SEMANTICS } from "../../src/timetravel/index.ts";
import { loadInterpreter } from "../../tests/support/interpreter.ts";
import { Typist } from "../demo/typist.mjs";
import { pcFirmware } from "../guest/firmware.mjs";
import { pcGuest } from "../guest/i386.mjs";
import { guest } from "../guest/index.mjs";
import { symbolKernels } from "../guest/kernels.mjs";

/** What the kernel says its symbols are, but those of modules and per-CPU data's, which are no addresses: as a digest, for a serial line is slow. */
const DIGEST = "grep -v -e '\\[' -e ' [aA] ' /proc/kallsyms | md5sum";
const BUDGET = 40e9;

export interface SymbolCheck {
  readonly name: string;
  /** Why it was not booted: it could not be had. */
  readonly missing?: string;
  readonly symbols: number;
  readonly failures: readonly string[];
}

/** The symbols that debuggers find in the memory of Debian's kernels for PCs, beside each kernel's own list of them. */
export async function* checkPcSymbols(): AsyncGenerator<SymbolCheck> {
  for (const { name, architecture, ...found } of symbolKernels()) {
    if ("missing" in found) {
      yield { name, missing: found.missing, symbols: 0, failures: [] };
      continue;
    }
    const { table, digest } = await boot(found.kernel.file, architecture === "i386");
    const failures =
      table === undefined
        ? ["no symbols are found"]
        : digestOf(table) === digest
          ? []
          : ["other symbols than the kernel's"];
    yield { name: `${name} ${found.kernel.version}`, symbols: table?.size ?? 0, failures };
  }
}

function digestOf(table: SymbolTable): string {
  const digits = table.base < 2n ** 32n ? 8 : 16;
  const hash = createHash("md5");
  for (let i = 0; i < table.size; i++) {
    const { address, type, name } = table.symbol(i);
    hash.update(`${address.toString(16).padStart(digits, "0")} ${type} ${name}\n`);
  }
  return hash.digest("hex");
}

async function boot(
  kernel: string,
  i386: boolean,
): Promise<{ table: SymbolTable | undefined; digest: string | undefined }> {
  const image = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
  const images = {
    ...{ kernel: image(kernel), initrd: image(i386 ? pcGuest().initrd : guest("amd64").initrd) },
    ...{ firmware: image(pcFirmware("bios-256k.bin")), bootrom: image(pcFirmware("linuxboot_dma.bin")) },
  };
  const configuration = {
    ...{ board: "pc", cpu: i386 ? "qemu32" : "qemu64", ramBytes: 2 ** 28, shift: 0, vga: false, semantics: SEMANTICS },
    ...{ append: "console=ttyS0 quiet", reboot: false, randomness: false },
  } as MachineConfiguration;
  const translator = new Translator(x86);
  const machine = boards.create({
    ...{ configuration, images, interpreter: loadInterpreter(x86) },
    translation: { request: (requests, done) => done(translator.answer({ id: 0, requests })) },
  });
  const header = { configuration, images: [], created: 0, version: "soak" };
  const session = await recordSession({
    ...{ machine, host: nodeHost(), store: new MemoryStore(), name: "symbols", header, sleep: false },
  });
  let output = "";
  const decoder = new TextDecoder();
  session.onOutput((port, bytes) => void (port === 0 && (output += decoder.decode(bytes, { stream: true }))));
  const typist = new Typist(session);
  const typed = (async () => {
    await typist.sees(/Hindsight guest ready/);
    await typist.types(DIGEST);
    await typist.sees(/[0-9a-f]{32}  -/);
    session.interrupt();
  })();
  await session.run({ until: BUDGET });
  const digest = /([0-9a-f]{32}) {2}-/.exec(output)?.[1];
  if (digest !== undefined) await typed;
  const silent = { version: "soak", resume: () => {}, quit: () => {}, message: () => {} };
  const table = new DebugTarget(session, silent).symbols();
  await session.quit();
  return { table, digest };
}
