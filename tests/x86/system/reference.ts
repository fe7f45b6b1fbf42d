import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Rsp } from "../../../tools/lockstep/rsp.ts";
import type { ModelName } from "../../../src/isa/x86/index.ts";
import { type Program, START } from "./program.ts";
import { EXTENDED, type Registers } from "./registers.ts";

const MACHINE = "-M pc,smm=off -m 16 -nodefaults -display none -S -icount shift=0".split(" ");

/** The machine that programs run on, if not the one of 64 bits. */
export interface ReferenceMachine {
  readonly program: "qemu-system-x86_64" | "qemu-system-i386";
  readonly model: ModelName;
}
const DEFAULT_MACHINE: ReferenceMachine = { program: "qemu-system-x86_64", model: "qemu64" };

const NAMES = {
  "qemu-system-x86_64": ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", ...EXTENDED, "rip"],
  // The names of their longer halves: they are compared with those.
  "qemu-system-i386": ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "rip"],
};
const SEGMENTS = ["cs", "ss", "ds", "es", "fs", "gs"];
const BASES = ["fs_base", "gs_base", "k_gs_base"];
const CONTROL = ["cr0", "cr2", "cr3", "cr4", "cr8", "efer"];

/** Registers in the answer to `g`, in order, with their bytes. */
function layoutOf({ program }: ReferenceMachine): readonly (readonly [name: string, bytes: number])[] {
  const wide = program === "qemu-system-x86_64" ? 8 : 4;
  const sized = (names: readonly string[], bytes: number) => names.map((name) => [name, bytes] as const);
  return [...sized(NAMES[program], wide), ...sized(["eflags", ...SEGMENTS], 4), ...sized([...BASES, ...CONTROL], wide)];
}

/** QEMU with a program, stopped before its first instruction. */
export class Reference {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
    private readonly gdb: Rsp,
    private readonly machine: ReferenceMachine,
  ) {}

  static async start({ ram, rom }: Program, machine = DEFAULT_MACHINE): Promise<Reference> {
    const { program, model } = machine;
    const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    const path = (name: string): string => join(folder, name);
    writeFileSync(path("bios"), rom);
    writeFileSync(path("ram"), ram);
    const child = spawn(
      program,
      [
        ...MACHINE,
        ...["-cpu", model === "qemu64" ? "qemu64,-svm" : model],
        ...["-bios", path("bios"), "-device", `loader,file=${path("ram")},addr=${START},force-raw=on`],
        ...["-gdb", `unix:${path("gdb")},server=on,wait=off`],
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    for (;;) {
      const gdb = await Rsp.connect(path("gdb")).catch(() => undefined);
      if (gdb) return new Reference(folder, child, gdb, machine);
      if (child.exitCode !== null) throw new Error(`${program} ends with ${child.exitCode}`);
      await sleep(20);
    }
  }

  /** The machine's reset vector is where it stands after the first step, too, when it has shut down. */
  async step(): Promise<void> {
    await this.gdb.step();
  }

  /** To an instruction, at which it must come by. */
  async runTo(address: number): Promise<void> {
    await this.gdb.runTo(BigInt(address));
  }

  async registers(): Promise<Registers> {
    const bytes = Buffer.from(await this.gdb.dump(), "hex");
    const values = new Map<string, bigint>();
    let at = 0;
    for (const [name, length] of layoutOf(this.machine)) {
      const value = length === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUInt32LE(at));
      // What a local APIC keeps is not compared.
      if (name !== "cr8") values.set(name, value);
      at += length;
    }
    return { values };
  }

  /** All that gdb sees, in hexadecimal, as the target lays it out. */
  dump(): Promise<string> {
    return this.gdb.dump();
  }

  /** What a monitor's command says. */
  monitor(command: string): Promise<string> {
    return this.gdb.monitor(command);
  }

  /** A register's bytes, in hexadecimal; or what is written to it. */
  packet(text: string): Promise<string> {
    return this.gdb.ask(text);
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
