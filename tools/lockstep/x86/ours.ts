import { readFileSync } from "node:fs";
import { FLAG_BITS, state } from "../../../src/isa/x86/index.ts";
import { CODE_64 } from "../../../src/isa/x86/modes.ts";
import { CS, DS, ES, FS, GS, SS, systemSlot } from "../../../src/isa/x86/state.ts";
import { boards, type HitPolicy } from "../../../src/machine/index.ts";
import { SEMANTICS } from "../../../src/timetravel/index.ts";
import { pcFirmware } from "../../guest/firmware.mjs";
import type { Guest } from "../kind.ts";
import { Ours, silence } from "../ours.ts";
import { EFLAGS, FIRST_SELECTOR, registers, RIP } from "./registers.ts";

/** Indices in the state of gdb's order of registers. */
const GENERAL = [0, 3, 1, 2, 6, 7, 5, 4];
const SELECTORS = [CS, SS, DS, ES, FS, GS];
/** Exceptions that are faults: their instruction is counted when it succeeds. */
const FAULTS = [0, 5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19];
const GATE_BYTES = 16;
/** Steps after which the table of interrupts is looked for: Linux faults 33 steps after it has loaded its second one. */
const WATCHED_STEPS = 16;
/** And after which it is read again where it is. */
const READ_STEPS = 512;

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(file));

/** Our `pc`. */
export class X86 extends Ours {
  readonly registers = registers;
  readonly machine;
  /** Where the table was, and from which position on it is read again. */
  private tableBase = 0n;
  private readAgain = 0;
  /** The handlers that are watched, as one text. */
  private watched = "";
  private readonly hits: HitPolicy = { kind: "collect", onHit: () => void (this.machine.cpu.idleNs -= 1) };

  constructor({ kernel, initrd, append, megabytes }: Guest, interpreter: WebAssembly.Module) {
    super();
    this.machine = boards.create({
      configuration: {
        ...{ board: "pc", cpu: "qemu64", ramBytes: megabytes * 2 ** 20, shift: 0, append, reboot: false },
        ...{ randomness: false, semantics: SEMANTICS, vga: false },
      },
      images: {
        firmware: read(pcFirmware("bios-256k.bin")),
        ...(kernel !== undefined && { kernel: read(kernel), bootrom: read(pcFirmware("linuxboot_dma.bin")) }),
        ...(initrd !== undefined && { initrd: read(initrd) }),
      },
      interpreter,
      door: silence,
    });
    this.keepTimeOfQemu();
  }

  /** QEMU counts an instruction before it asks for the time, ours after it; and exceptions take no time there. */
  private keepTimeOfQemu(): void {
    const { clock, cpu } = this.machine;
    cpu.idleNs += 1;
    // Between instructions both counts are the same: when timers expire.
    const between = <T>(work: () => T): T => {
      cpu.idleNs -= 1;
      const result = work();
      cpu.idleNs += 1;
      return result;
    };
    const { expire, nextPosition } = clock;
    clock.expire = () => between(() => expire.call(clock));
    clock.nextPosition = () => between(() => nextPosition.call(clock));
    this.machine.onEvent = (event) => {
      if (event === "interrupt") cpu.idleNs -= 1;
      if (event === "idle") cpu.idleNs += 1;
    };
  }

  runTo(position: number): boolean {
    do {
      this.watchFaults();
      const next = Math.min(position, this.position + WATCHED_STEPS);
      if (this.machine.run(next, this.hits).kind !== "position") return false;
    } while (this.position < position);
    return true;
  }

  /** The handlers of faults in the table of interrupts, in long mode. */
  private watchFaults(): void {
    const { cpu } = this.machine;
    const base = cpu.readState(state.system, systemSlot["IDT_BASE"]);
    if (base === this.tableBase && this.position < this.readAgain) return;
    this.tableBase = base;
    this.readAgain = this.position + READ_STEPS;
    const long = (cpu.readState(state.system, systemSlot["EFER"]) & 0x400n) !== 0n;
    const table = long ? this.machine.readVirtual(base, 32 * GATE_BYTES) : undefined;
    const handlers = table ? FAULTS.flatMap((vector) => handler(table, vector) ?? []) : [];
    const watched = handlers.join();
    if (watched === this.watched) return;
    this.watched = watched;
    this.machine.setBreakpoints(new Set(handlers));
  }

  read(into = this.newState()): BigUint64Array {
    const { cpu } = this.machine;
    const long = Number(cpu.readState(state.mode)) === CODE_64;
    const cut = (value: bigint): bigint => (long ? value : value & 0xffff_ffffn);
    GENERAL.forEach((index, n) => (into[n] = cut(cpu.readState(state.r, index))));
    for (let n = 8; n < 16; n++) into[n] = long ? cpu.readState(state.r, n) : 0n;
    into[RIP] = long ? cpu.pc : (cpu.pc - cpu.readState(state.segmentBase, CS)) & 0xffff_ffffn;
    const conditions = FLAG_BITS.reduce((all, bit, n) => all | (cpu.readState(state.flags, n) << BigInt(bit)), 2n);
    into[EFLAGS] = conditions | cpu.readState(state.eflags);
    SELECTORS.forEach((index, n) => (into[FIRST_SELECTOR + n] = cpu.readState(state.selector, index)));
    return into;
  }

  /** By RIP: code is where CS is now. */
  instruction(address: bigint): ReturnType<Ours["instruction"]> {
    const { cpu, debug } = this.machine;
    const long = Number(cpu.readState(state.mode)) === CODE_64;
    const linear = long ? address : (address + cpu.readState(state.segmentBase, CS)) & 0xffff_ffffn;
    const bytes = this.machine.readVirtual(linear, 15);
    if (!bytes) return { bytes: "", text: "not readable" };
    const { length, text } = debug.disassemble(linear, bytes);
    return { bytes: Buffer.from(bytes.subarray(0, length)).toString("hex"), text };
  }
}

/** Where a gate of long mode leads to; undefined: it is not present. */
function handler(table: Uint8Array, vector: number): bigint | undefined {
  const view = new DataView(table.buffer, table.byteOffset + vector * GATE_BYTES, GATE_BYTES);
  if (!(view.getUint8(5) & 0x80)) return undefined;
  const low = BigInt(view.getUint16(0, true)) | (BigInt(view.getUint16(6, true)) << 16n);
  return low | (BigInt(view.getUint32(8, true)) << 32n);
}
