import type { Line } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  GICC_CTLR_ACK_CTL,
  GICC_CTLR_CBPR,
  GICC_CTLR_EOI_MODE,
  GICC_CTLR_FIQ_EN,
  GICC_CTLR_GROUPS,
  IDLE_PRIORITY,
  INTERRUPTS,
  SPURIOUS,
  SPURIOUS_GROUP1,
  WORDS,
} from "./registers.ts";
import { type Gicv2State, gicv2State } from "./state.ts";

/** What the controller does with its interrupts, behind the registers of its two windows. */
export class GicInterrupts extends StatefulDevice<Gicv2State> {
  /** Open to the two files of registers. */
  declare state: Gicv2State;

  // Functions of the state, kept up to date by `update`.
  private best = SPURIOUS;
  private running = IDLE_PRIORITY;
  private asserted = false;

  constructor(private readonly irq: Line) {
    super(gicv2State);
  }

  /** The input wire of an interrupt id from 16 (PPIs) up. */
  input(id: number): Line {
    return { set: (level) => this.setInput(id, level) };
  }

  setInput(id: number, level: boolean): void {
    const { state } = this;
    const word = id >> 5;
    const bit = 1 << (id & 31);
    if (((state.level[word]! & bit) !== 0) === level) return;
    if (level) {
      state.level[word]! |= bit;
      if (state.edge[word]! & bit) state.pending[word]! |= bit;
    } else {
      state.level[word]! &= ~bit;
    }
    this.update();
  }

  /** GICC_RPR: priority in service, 0x100 when none. */
  get runningPriority(): number {
    return this.running;
  }

  /** What makes each interrupt of a word of 32 pending: the latch, or a level-sensitive input. */
  pendingWord(word: number): number {
    const { state } = this;
    return (state.pending[word]! | (state.level[word]! & ~state.edge[word]!)) >>> 0;
  }

  /** To be called after every change of the state: finds the interrupt to signal and drives the output. */
  update(): void {
    const { state } = this;
    this.best = SPURIOUS;
    let asserted = false;
    if (state.distributorControl !== 0 && state.cpuControl & GICC_CTLR_GROUPS) {
      const id = this.findBest();
      if (id !== SPURIOUS && state.priority[id]! < state.priorityMask) {
        this.best = id;
        const group = this.groupOf(id);
        asserted =
          state.priority[id]! < this.running &&
          (((state.distributorControl & state.cpuControl) >> group) & 1) === 1 &&
          !(group === 0 && state.cpuControl & GICC_CTLR_FIQ_EN);
      }
    }
    if (asserted === this.asserted) return;
    this.asserted = asserted;
    this.irq.set(asserted);
  }

  /** GICC_HPPIR: the id that is pending with the highest priority, or one of the special ones. */
  highestPending(): number {
    const id = this.best;
    if (id !== SPURIOUS && this.groupOf(id) === 1 && !(this.state.cpuControl & GICC_CTLR_ACK_CTL))
      return SPURIOUS_GROUP1;
    return id;
  }

  /** GICC_IAR: makes the pending interrupt active. */
  acknowledge(): number {
    const { state } = this;
    const id = this.highestPending();
    if (id >= INTERRUPTS) return id;
    if (state.priority[id]! >= this.running) return SPURIOUS;
    const bit = 1 << (id & 31);
    state.pending[id >> 5]! &= ~bit;
    state.active[id >> 5]! |= bit;
    const level = this.groupPriority(id) >> 1;
    state.activePriorities[this.groupOf(id)][level >> 5]! |= 1 << (level & 31);
    this.refreshRunning();
    this.update();
    return id;
  }

  /** GICC_EOIR: drops the running priority and, unless split by EOImode, deactivates. */
  endOfInterrupt(id: number): void {
    if (id >= INTERRUPTS || this.running === IDLE_PRIORITY) return;
    const words = this.state.activePriorities[this.groupOf(id)];
    const index = words.findIndex((word) => word !== 0);
    if (index >= 0) words[index]! &= words[index]! - 1;
    this.refreshRunning();
    if (!(this.state.cpuControl & GICC_CTLR_EOI_MODE)) this.clearActive(id);
    this.update();
  }

  /** GICC_DIR. Unpredictable without EOImode: ignored. */
  deactivate(id: number): void {
    if (id >= INTERRUPTS || !(this.state.cpuControl & GICC_CTLR_EOI_MODE)) return;
    this.clearActive(id);
    this.update();
  }

  /** Drives the output to the level of the loaded state. */
  protected override afterLoad(): void {
    this.refresh();
  }

  protected override afterReset(): void {
    this.refresh();
  }

  refreshRunning(): void {
    const [first, second] = this.state.activePriorities;
    this.running = IDLE_PRIORITY;
    for (let i = 0; i < first.length; i++) {
      const word = first[i]! | second[i]!;
      if (word === 0) continue;
      this.running = (i * 32 + lowestBit(word)) << 1;
      return;
    }
  }

  private refresh(): void {
    this.refreshRunning();
    this.asserted = false;
    this.update();
    this.irq.set(this.asserted);
  }

  private findBest(): number {
    const { state } = this;
    let best = SPURIOUS;
    let priority = IDLE_PRIORITY;
    for (let word = 0; word < WORDS; word++) {
      let candidates = this.pendingWord(word) & state.enabled[word]! & ~state.active[word]!;
      while (candidates !== 0) {
        const id = word * 32 + lowestBit(candidates);
        candidates &= candidates - 1;
        if (state.priority[id]! < priority) {
          best = id;
          priority = state.priority[id]!;
        }
      }
    }
    return best;
  }

  private groupOf(id: number): 0 | 1 {
    return ((this.state.group[id >> 5]! >>> (id & 31)) & 1) as 0 | 1;
  }

  /** The part of the priority that counts for preemption (section 3.3.3). */
  private groupPriority(id: number): number {
    const { state } = this;
    const own = this.groupOf(id) === 1 && !(state.cpuControl & GICC_CTLR_CBPR);
    const point = own ? state.aliasedBinaryPoint - 1 : state.binaryPoint;
    return state.priority[id]! & (-1 << (point + 1));
  }

  private clearActive(id: number): void {
    this.state.active[id >> 5]! &= ~(1 << (id & 31));
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
