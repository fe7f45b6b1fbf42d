import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Guest } from "./kind.ts";
import { Qmp } from "./qmp.ts";

/** QEMU's half: the reference machine, stopped before its first instruction. */
export class Reference {
  private constructor(
    readonly folder: string,
    private readonly process: ChildProcess,
    readonly qmp: Qmp,
  ) {}

  /** Starts the guest with our device tree (undefined: none is needed) and more options of QEMU's. */
  static async start(
    guest: Guest,
    tree: Uint8Array | undefined,
    more: (folder: string) => string[],
  ): Promise<Reference> {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-"));
    const file = join(folder, "tree.dtb");
    if (tree) writeFileSync(file, tree);
    const options = [
      ...[...guest.kind.options(guest), "-m", String(guest.megabytes)],
      ...["-nic", "none", "-display", "none", "-serial", "null", "-rtc", "base=2000-01-01,clock=vm"],
      ...["-qmp", "stdio", "-S", "-no-reboot", "-no-shutdown"],
      ...(guest.kernel === undefined ? [] : ["-kernel", guest.kernel]),
      ...(tree ? ["-dtb", file] : []),
      ...(guest.initrd === undefined ? [] : ["-initrd", guest.initrd]),
      ...(guest.append === "" ? [] : ["-append", guest.append]),
      ...more(folder),
    ];
    const child = spawn(guest.kind.program, options, { stdio: ["pipe", "pipe", "inherit"] });
    const reference = new Reference(folder, child, new Qmp(child.stdin, child.stdout));
    await reference.qmp.open();
    return reference;
  }

  async memory(address: number, length: number): Promise<Uint8Array> {
    const filename = join(this.folder, "memory.bin");
    await this.qmp.execute("pmemsave", { val: address, size: length, filename });
    return new Uint8Array(readFileSync(filename));
  }

  /** Ends QEMU so that it finishes what it writes. */
  async quit(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    await this.qmp.execute("quit");
    await ended;
  }

  dispose(): void {
    this.process.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}

/** QEMU dumping its registers before every instruction, into a pipe. */
export async function startTrace(
  guest: Guest,
  tree: Uint8Array | undefined,
): Promise<{ reference: Reference; dumps: AsyncIterable<Buffer> }> {
  let dumps: AsyncIterable<Buffer> | undefined;
  const reference = await Reference.start(guest, tree, (folder) => {
    const pipe = join(folder, "dump");
    execFileSync("mkfifo", [pipe]);
    // QEMU waits for the reader before it speaks.
    dumps = createReadStream(pipe, { highWaterMark: 1 << 20 });
    return ["-icount", `shift=0,sleep=${guest.kind.sleep}`, "-singlestep", "-d", "nochain,cpu", "-D", pipe];
  });
  return { reference, dumps: dumps! };
}
