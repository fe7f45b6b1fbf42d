import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Rsp } from "../../../tools/lockstep/rsp.ts";
import { type Program, START } from "./program.ts";
import { EXTENDED, type Registers } from "./registers.ts";

const MACHINE = "-M pc,smm=off -cpu qemu64,-svm -m 16 -nodefaults -display none -S -icount shift=0".split(" ");
/** Order and places in the answer to `g`. */
const ORDER = ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", ...EXTENDED, "rip"];
const FLAGS = 8 * ORDER.length;
const SEGMENTS = ["cs", "ss", "ds", "es", "fs", "gs"];
const BASES = ["fs_base", "gs_base", "k_gs_base"];
const CONTROL = ["cr0", "cr2", "cr3", "cr4", "cr8", "efer"];
const COMPARED = new Set([...BASES, ...CONTROL].filter((name) => name !== "cr8"));

/** QEMU with a program, stopped before its first instruction. */
export class Reference {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly gdb: Rsp,
  ) {}

  static async start({ ram, rom }: Program): Promise<Reference> {
    const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    const path = (name: string): string => join(folder, name);
    writeFileSync(path("bios"), rom);
    writeFileSync(path("ram"), ram);
    const child = spawn(
      "qemu-system-x86_64",
      [
        ...MACHINE,
        ...["-bios", path("bios"), "-device", `loader,file=${path("ram")},addr=${START},force-raw=on`],
        ...["-gdb", `unix:${path("gdb")},server=on,wait=off`],
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    for (;;) {
      const gdb = await Rsp.connect(path("gdb")).catch(() => undefined);
      if (gdb) return new Reference(folder, child, gdb);
      if (child.exitCode !== null) throw new Error(`qemu-system-x86_64 ends with ${child.exitCode}`);
      await sleep(20);
    }
  }

  /** The machine's reset vector is where it stands after the first step, too, when it has shut down. */
  async step(): Promise<void> {
    await this.gdb.step();
  }

  async registers(): Promise<Registers> {
    const bytes = Buffer.from(await this.gdb.dump(), "hex");
    const values = new Map<string, bigint>();
    ORDER.forEach((name, n) => values.set(name, bytes.readBigUInt64LE(8 * n)));
    values.set("eflags", BigInt(bytes.readUInt32LE(FLAGS)));
    SEGMENTS.forEach((name, n) => values.set(name, BigInt(bytes.readUInt32LE(FLAGS + 4 + 4 * n))));
    const bases = FLAGS + 4 + 4 * SEGMENTS.length;
    [...BASES, ...CONTROL].forEach((name, n) => {
      if (COMPARED.has(name)) values.set(name, bytes.readBigUInt64LE(bases + 8 * n));
    });
    return { values };
  }

  async memory(address: number, length: number): Promise<Uint8Array> {
    return this.gdb.memory(address, length);
  }

  dispose(): void {
    this.gdb.dispose();
    this.process.kill("SIGKILL");
    rmSync(this.folder, { recursive: true });
  }
}
