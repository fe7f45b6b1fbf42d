import { readFileSync } from "node:fs";
import { hexDigits } from "../../../src/base/index.ts";
import { state, systemSlot } from "../../../src/isa/arm64/index.ts";
import { boards, type HitPolicy } from "../../../src/machine/index.ts";
import { planBoot } from "../../../src/machine/virt/boot.ts";
import { SEMANTICS } from "../../../src/timetravel/index.ts";
import type { Guest } from "../kind.ts";
import { Ours, silence } from "../ours.ts";
import { PC, PSTATE, registers } from "./registers.ts";

/** MRS of CNTPCT_EL0 or CNTVCT_EL0: a tick may fall between the two machines' readings. */
const readsCounter = (word: number): boolean => [0xd53be020, 0xd53be040].includes((word & 0xffffffe0) >>> 0);

/** Our `virt`. */
export class Arm64 extends Ours {
  readonly registers = registers;
  readonly machine;
  private vectors = -1n;
  /** An abort takes no time on QEMU: its instruction is counted when it succeeds. */
  private readonly hits: HitPolicy = { kind: "collect", onHit: () => this.atVector() };

  constructor(guest: Guest, interpreter: WebAssembly.Module) {
    super();
    const images = {
      ...(guest.kernel === undefined ? {} : { kernel: new Uint8Array(readFileSync(guest.kernel)) }),
      ...(guest.initrd === undefined ? {} : { initrd: new Uint8Array(readFileSync(guest.initrd)) }),
    };
    const ramBytes = guest.megabytes * 2 ** 20;
    const create = (dtb?: Uint8Array) =>
      boards.create({
        configuration: {
          board: "virt",
          cpu: "cortex-a53",
          ramBytes,
          shift: 0,
          append: guest.append,
          reboot: false,
          randomness: false,
          semantics: SEMANTICS,
        },
        images: dtb ? { ...images, dtb } : images,
        interpreter,
        door: silence,
      });
    let machine = create();
    const place = planBoot(images, ramBytes).tree;
    const header = place && machine.readPhysical(place.address, 8);
    if (place && header) {
      const room = new DataView(header.buffer).getUint32(4);
      const bytes = trimmed(machine.readPhysical(place.address, room)!);
      // Both machines get it as `-dtb`, so that both leave the same room for it.
      machine = create(bytes);
      const placed = planBoot({ ...images, dtb: bytes }, ramBytes).tree!;
      this.tree = { address: placed.address, room: placed.bytes, bytes };
    }
    this.machine = machine;
    // QEMU counts an instruction before it asks for the time; ours has the time before the step.
    machine.cpu.idleNs += 1;
    machine.onEvent = (event) => {
      if (event !== "interrupt") return;
      // The entry of an interrupt takes no time on QEMU.
      machine.cpu.idleNs -= 1;
    };
  }

  /** False when the machine has stopped for good. */
  runTo(position: number): boolean {
    this.watchVectors();
    return this.machine.run(position, this.hits).kind === "position";
  }

  private watchVectors(): void {
    const vectors = this.machine.cpu.readState(state.system, systemSlot["VBAR_EL1"]);
    if (vectors === this.vectors) return;
    this.vectors = vectors;
    this.machine.setBreakpoints(new Set([0x000n, 0x200n, 0x400n].map((offset) => vectors + offset)));
  }

  private atVector(): void {
    const { cpu } = this.machine;
    const cause = Number(cpu.readState(state.system, systemSlot["ESR_EL1"]) >> 26n);
    if ([0x20, 0x21, 0x24, 0x25].includes(cause)) cpu.idleNs -= 1;
  }

  read(into = this.newState()): BigUint64Array {
    const { cpu } = this.machine;
    for (let n = 0; n < 31; n++) into[n] = cpu.readState(state.x, n);
    into[31] = cpu.readState(state.x, 32);
    into[PC] = cpu.pc;
    const flags = [0, 1, 2, 3].reduce((bits, i) => (bits << 1n) | cpu.readState(state.flags, i), 0n);
    into[PSTATE] =
      (flags << 28n) |
      (cpu.readState(state.singleStep) << 21n) |
      (cpu.readState(state.illegalState) << 20n) |
      (cpu.readState(state.daif) << 6n) |
      (cpu.readState(state.el) << 2n) |
      cpu.readState(state.spsel);
    return into;
  }

  override timeReadBy(address: bigint): number | undefined {
    const word = this.word(address);
    return readsCounter(word) ? word & 31 : undefined;
  }

  override setRegister(n: number, value: bigint): void {
    this.machine.cpu.writeState(state.x, value, n === 31 ? 32 : n);
  }

  instruction(address: bigint): ReturnType<Ours["instruction"]> {
    const bytes = this.machine.readVirtual(address, 4);
    if (!bytes) return { bytes: "00000000", text: "not readable" };
    return { bytes: hexDigits(this.word(address), 8), text: this.machine.debug.disassemble(address, bytes).text };
  }

  word(address: bigint): number {
    const bytes = this.machine.readVirtual(address, 4);
    return bytes ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  }
}

/** A device tree without the room at its end (Devicetree Specification, 5.2): a loader doubles it, a kernel takes 2 MB. */
function trimmed(tree: Uint8Array): Uint8Array {
  const header = new DataView(tree.buffer, tree.byteOffset);
  const field = (index: number): number => header.getUint32(4 * index);
  const end = Math.max(field(2) + field(9), field(3) + field(8));
  const result = tree.slice(0, end);
  new DataView(result.buffer).setUint32(4, end);
  return result;
}
