import type { AccessSize, MmioDevice } from "../../device.ts";
import type { GicInterrupts } from "./interrupts.ts";
import {
  Distributor as Offset,
  GICD_CTLR_MASK,
  GICD_ID_BYTES,
  GICD_IIDR,
  GICD_TYPER,
  INTERRUPTS,
  SGIS,
  WORDS,
} from "./registers.ts";

const SGI_BITS = 2 ** SGIS - 1;

/** The distributor's registers (Arm IHI 0048B, section 4.3). With one CPU the targets read as zero and ignore writes. */
export class GicDistributor implements MmioDevice {
  readonly name = "gicv2-distributor";

  constructor(private readonly gic: GicInterrupts) {}

  read(offset: number, size: AccessSize): number {
    const word = this.readWord(offset & ~3);
    return size === 4 ? word : (word >>> (8 * (offset & 3))) & (2 ** (8 * size) - 1);
  }

  changesByRead(): boolean {
    return false;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const shift = 8 * (offset & 3);
    const lanes = ((size === 4 ? 0xffff_ffff : 2 ** (8 * size) - 1) << shift) >>> 0;
    this.writeLanes(offset & ~3, (value << shift) >>> 0, lanes);
    this.gic.update();
  }

  private readWord(offset: number): number {
    const { state } = this.gic;
    if (offset === Offset.CTLR) return state.distributorControl;
    if (offset === Offset.TYPER) return GICD_TYPER;
    if (offset === Offset.IIDR) return GICD_IIDR;
    if (offset < Offset.IGROUPR) return 0;
    if (offset < Offset.IPRIORITYR) {
      const word = (offset & 0x7f) >> 2;
      if (word >= WORDS) return 0;
      if (offset < Offset.ISENABLER) return state.group[word]!;
      if (offset < Offset.ISPENDR) return state.enabled[word]!;
      if (offset < Offset.ISACTIVER) return this.gic.pendingWord(word);
      return state.active[word]!;
    }
    if (offset < Offset.ITARGETSR) {
      const id = offset - Offset.IPRIORITYR;
      if (id >= INTERRUPTS) return 0;
      const p = state.priority;
      return (p[id]! | (p[id + 1]! << 8) | (p[id + 2]! << 16) | (p[id + 3]! << 24)) >>> 0;
    }
    if (offset < Offset.ICFGR) return 0;
    if (offset < Offset.ICFGR + INTERRUPTS / 4) return this.readConfiguration((offset - Offset.ICFGR) * 4);
    if (offset >= Offset.CPENDSGIR && offset < Offset.SPENDSGIR + SGIS) return this.readSgis(offset & 0xf);
    return GICD_ID_BYTES[(offset - Offset.ID) >> 2] ?? 0;
  }

  /** Only the bytes in `lanes` are written: all of these registers are made of independent bytes. */
  private writeLanes(offset: number, value: number, lanes: number): void {
    const { state } = this.gic;
    if (offset === Offset.CTLR) {
      if (lanes & 1) state.distributorControl = value & GICD_CTLR_MASK;
    } else if (offset < Offset.IGROUPR) {
      return;
    } else if (offset < Offset.IPRIORITYR) {
      const word = (offset & 0x7f) >> 2;
      if (word < WORDS) this.writeSet(offset, word, (value & lanes) >>> 0, lanes);
    } else if (offset < Offset.IPRIORITYR + INTERRUPTS) {
      for (let i = 0; i < 4; i++) {
        if ((lanes >>> (8 * i)) & 1) state.priority[offset - Offset.IPRIORITYR + i] = value >>> (8 * i);
      }
    } else if (offset >= Offset.ICFGR && offset < Offset.ICFGR + INTERRUPTS / 4) {
      this.writeConfiguration((offset - Offset.ICFGR) * 4, value, lanes);
    } else if (offset === Offset.SGIR) {
      if (lanes === 0xffff_ffff) this.generateSgi(value);
    } else if (offset >= Offset.CPENDSGIR && offset < Offset.SPENDSGIR + SGIS) {
      this.writeSgis(offset, value & lanes);
    }
  }

  private writeSet(offset: number, word: number, bits: number, lanes: number): void {
    const { state } = this.gic;
    const sgis = word === 0 ? SGI_BITS : 0;
    if (offset < Offset.ISENABLER) {
      state.group[word] = (state.group[word]! & ~lanes) | bits;
    } else if (offset < Offset.ICENABLER) {
      state.enabled[word]! |= bits;
    } else if (offset < Offset.ISPENDR) {
      state.enabled[word]! &= ~bits | sgis;
    } else if (offset < Offset.ICPENDR) {
      state.pending[word]! |= bits & ~sgis;
    } else if (offset < Offset.ISACTIVER) {
      state.pending[word]! &= ~bits | sgis;
    } else if (offset < Offset.ICACTIVER) {
      state.active[word]! |= bits;
    } else {
      state.active[word]! &= ~bits;
    }
  }

  /** Two bits for each interrupt, of which the upper one says edge. */
  private readConfiguration(id: number): number {
    const edges = this.gic.state.edge[id >> 5]! >>> (id & 31);
    let value = 0;
    for (let i = 0; i < 16; i++) value |= ((edges >>> i) & 1) << (2 * i + 1);
    return value >>> 0;
  }

  private writeConfiguration(id: number, value: number, lanes: number): void {
    if (id < SGIS) return;
    const { edge } = this.gic.state;
    for (let i = 0; i < 16; i++) {
      const field = 2 << (2 * i);
      if (!(lanes & field)) continue;
      const bit = 1 << ((id + i) & 31);
      if (value & field) edge[id >> 5]! |= bit;
      else edge[id >> 5]! &= ~bit;
    }
  }

  /** GICD_SGIR: the target filter (3 is reserved; QEMU takes it as all), and a list of CPUs of which this one is number 0. */
  private generateSgi(value: number): void {
    const filter = (value >>> 24) & 3;
    const toSelf = filter >= 2 || (filter === 0 && (value >>> 16) & 1);
    if (toSelf) this.gic.state.pending[0]! |= 1 << (value & 0xf);
  }

  /** A byte for each SGI holds a bit for each requesting CPU. */
  private readSgis(first: number): number {
    const pending = this.gic.state.pending[0]! >>> first;
    return (pending & 1) | ((pending & 2) << 7) | ((pending & 4) << 14) | ((pending & 8) << 21);
  }

  private writeSgis(offset: number, value: number): void {
    const first = offset & 0xf;
    const bits = ((value & 1) | ((value >>> 7) & 2) | ((value >>> 14) & 4) | ((value >>> 21) & 8)) << first;
    if (offset < Offset.SPENDSGIR) this.gic.state.pending[0]! &= ~bits;
    else this.gic.state.pending[0]! |= bits;
  }
}
