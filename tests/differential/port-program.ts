import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleProgram, START } from "../x86/system/program.ts";

export type PortSize = 1 | 2 | 4;

const RESULTS = 0x20_0000;
const DEBUGCON = 0x402;
const EXIT = 0x501;
const MACHINE = "-M pc,smm=off -m 64 -parallel null -display none -serial null -nic none".split(" ");

const OUT = { 1: "out %al, %dx", 2: "out %ax, %dx", 4: "out %eax, %dx" } as const;
const IN = { 1: "in %dx, %al", 2: "in %dx, %ax", 4: "in %dx, %eax" } as const;
const MOVE = { 1: "%al", 2: "%ax", 4: "%eax" } as const;

/** A program for QEMU's pc that reads and writes ports and memory, one after the other, at known times: an instruction takes 2^shift ns. */
export class PortProgram {
  private readonly lines: string[] = [];
  /** Those before the first line, the ROM's included. */
  private count = 11;

  constructor(readonly shift: number) {}

  /** The virtual time in the last instruction. */
  get now(): number {
    return this.count * 2 ** this.shift;
  }

  write(port: number, value: number, size: PortSize = 1): void {
    this.add(`mov $${port}, %edx`, `mov $${value}, %eax`, OUT[size]);
  }

  /** Its value is the next result. `then` is called when the time is that of the access. */
  read(port: number, size: PortSize, then: () => void): void {
    this.add(`mov $${port}, %edx`, "xor %eax, %eax", IN[size]);
    then();
    this.add("stosl");
  }

  store(address: number, value: number, size: PortSize): void {
    this.add(`mov $${value}, %eax`, `mov ${MOVE[size]}, ${address}`);
  }

  load(address: number, size: PortSize, then: () => void): void {
    this.add("xor %eax, %eax", `mov ${address}, ${MOVE[size]}`);
    then();
    this.add("stosl");
  }

  /** So many instructions, 2 at least. */
  pass(instructions: number): void {
    this.add(`mov $${instructions - 1}, %ecx`, "loop .");
    this.count += instructions - 2;
  }

  /** What was read. */
  async run(args: readonly string[]): Promise<Uint32Array> {
    const folder = mkdtempSync(join(tmpdir(), "hindsight-"));
    const path = (name: string): string => join(folder, name);
    try {
      const { ram, rom } = await assembleProgram(this.source());
      writeFileSync(path("rom"), rom);
      writeFileSync(path("ram"), ram);
      const devices = [
        ...["-bios", path("rom"), "-device", `loader,file=${path("ram")},addr=${START},force-raw=on`],
        ...["-chardev", `file,id=out,path=${path("out")}`, "-device", `isa-debugcon,iobase=${DEBUGCON},chardev=out`],
        ...["-device", `isa-debug-exit,iobase=${EXIT},iosize=1`],
      ];
      await new Promise<void>((resolve, reject) => {
        const all = [...MACHINE, "-icount", `shift=${this.shift},sleep=off`, ...devices, ...args];
        execFile("qemu-system-x86_64", all, { timeout: 50_000 }, (error, _, said) => {
          if (error?.code === 1) resolve();
          else reject(new Error(`qemu-system-x86_64: ${error?.message} ${said}`));
        });
      });
      return new Uint32Array(Uint8Array.from(readFileSync(path("out"))).buffer);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private add(...instructions: string[]): void {
    this.lines.push(...instructions);
    this.count += instructions.length;
  }

  /** Flat 32-bit code; results go to the console in the end. */
  private source(): string {
    return `
      lgdtl gdtr
      mov %cr0, %eax
      or $1, %al
      mov %eax, %cr0
      ljmpl $0x08, $protected
    .balign 8
    gdt: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
    gdtr: .word . - gdt - 1
      .long gdt
    .code32
    protected:
      mov $0x10, %eax
      mov %eax, %ds
      mov %eax, %es
      mov %eax, %ss
      mov $${RESULTS}, %edi
      ${this.lines.join("\n")}
      mov $${RESULTS}, %esi
      mov %edi, %ecx
      sub %esi, %ecx
      mov $${DEBUGCON}, %edx
      rep outsb
      mov $${EXIT}, %edx
      xor %eax, %eax
      out %al, %dx
      jmp .`;
  }
}
