import type { Timer, VirtualClock } from "../../clock.ts";
import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  BASE_ADDRESS,
  BASE_BSP,
  BASE_ENABLED,
  BROADCAST,
  Delivery,
  DELIVERY_SHIFT,
  DIVIDE_BITS,
  ESR_ILLEGAL_ADDRESS,
  ICR_ASSERT,
  ICR_LEVEL,
  ICR_LOGICAL,
  ICR_SHORTHAND_SHIFT,
  Lvt,
  LVT_ENTRIES,
  LVT_LEVEL,
  LVT_MASKED,
  MESSAGE_DESTINATION_SHIFT,
  MESSAGE_LEVEL,
  MESSAGE_LOGICAL,
  Model,
  Register,
  Shorthand,
  SVR_BITS,
  SVR_ENABLED,
  VERSION,
} from "./registers.ts";
import { report } from "./report.ts";
import { type LapicState, lapicState } from "./state.ts";
import { currentCount, nextExpiry } from "./timer.ts";
import { has, highest, put } from "./vectors.ts";

/** What `request` says of an NMI, and where nothing may come. */
const NMI = 0x100;
const NONE = -1;
const PAGE = 0x1000;

/** What a local APIC is wired to. */
export interface LapicWires {
  /** The processor's one interrupt line: something is to be delivered. */
  readonly intr: Line;
  /** Gives the vectors of what comes by LINT0: the i8259s. */
  readonly pic: { next(): number; acknowledge(): void };
  /** A level-triggered interrupt has ended: the I/O APIC's to know. */
  readonly eoi: (vector: number) => void;
  /** INIT: the processor begins anew, and nothing else does. */
  readonly init: () => void;
}

/**
 * The local APIC of a machine's one processor (Intel SDM 3, chapter "Advanced Programmable Interrupt Controller"), and what the
 * processor knows of all interrupts: those of the i8259s come through it. As QEMU's: it answers in one megabyte, its registers
 * repeated in each page, and takes messages in all but the first, whatever IA32_APIC_BASE says.
 */
export class LocalApic extends StatefulDevice<LapicState> implements MmioDevice {
  private readonly timer: Timer = { expire: () => this.expire() };
  /** The i8259s' INT. Its level is state here. */
  readonly lint0: Line = { set: (level) => this.setLint0(level) };

  constructor(
    private readonly clock: VirtualClock,
    private readonly wires: LapicWires,
  ) {
    super(lapicState);
  }

  /** What is to be delivered: a vector, or 0x100, an NMI, if those are not blocked; -1 where nothing is. */
  request(nmiBlocked = false): number {
    if (this.state.nmi && !nmiBlocked) return NMI;
    const vector = this.pending();
    if (vector > 0 ? this.picComesFirst : this.picInterrupts) return this.wires.pic.next();
    return vector > 0 ? vector : NONE;
  }

  /** What `request` said has been delivered: an NMI, or another interrupt. */
  acknowledge(isNmi: boolean): void {
    const { state } = this;
    const vector = this.pending();
    if (isNmi) state.nmi = false;
    else if (vector > 0 ? this.picComesFirst : this.picInterrupts) this.wires.pic.acknowledge();
    else if (vector > 0) {
      put(state.irr, vector, false);
      put(state.isr, vector, true);
    }
    this.update();
  }

  /** CR8. */
  get taskPriority(): number {
    return this.state.tpr >> 4;
  }

  set taskPriority(value: number) {
    this.state.tpr = (value & 0xf) << 4;
    this.update();
  }

  /** IA32_APIC_BASE. What is disabled stays so until a reset; CPUID then says that there is no APIC. */
  get base(): number {
    return this.state.base;
  }

  set base(value: number) {
    const { state } = this;
    const enabled = state.base & value & BASE_ENABLED;
    if (!enabled) state.svr &= ~SVR_ENABLED;
    state.base = ((value & BASE_ADDRESS) | (state.base & BASE_BSP) | enabled) >>> 0;
    this.update();
  }

  get isEnabled(): boolean {
    return (this.state.base & BASE_ENABLED) !== 0;
  }

  /** A non-maskable interrupt from outside: LINT1. */
  nmi(): void {
    this.deliverLocal(Lvt.LINT1);
  }

  /** A write of 4 bytes into FEExxxxxh, by a device or an I/O APIC. */
  deliverMessage(address: number, data: number): void {
    const destination = (address >>> MESSAGE_DESTINATION_SHIFT) & 0xff;
    if (this.isDestination(destination, (address & MESSAGE_LOGICAL) !== 0))
      this.deliver((data >>> DELIVERY_SHIFT) & 7, data & 0xff, (data & MESSAGE_LEVEL) !== 0);
  }

  /** Lines of `info lapic`. */
  report(): string {
    const processorPriority = this.processorPriority();
    return report(this.state, { currentCount: currentCount(this.state, this.clock.nowNs()), processorPriority });
  }

  read(offset: number, size: AccessSize): number {
    const { state } = this;
    if (size < 4) return 0;
    const register = (offset >>> 4) & 0xff;
    switch (register) {
      case Register.ID:
        return state.id * 2 ** 24;
      case Register.VERSION:
        return VERSION;
      case Register.TPR:
        return state.tpr;
      case Register.PPR:
        return this.processorPriority();
      case Register.APR:
      case Register.EOI:
        return 0;
      case Register.LDR:
        return state.logicalId * 2 ** 24;
      case Register.DFR:
        return state.model * 2 ** 28 + 0x0fff_ffff;
      case Register.SVR:
        return state.svr;
      case Register.ESR:
        return state.esr;
      case Register.ICR_LOW:
      case Register.ICR_HIGH:
        return state.icr[register - Register.ICR_LOW]!;
      case Register.INITIAL_COUNT:
        return state.initialCount;
      case Register.CURRENT_COUNT:
        return currentCount(state, this.clock.nowNs());
      case Register.DIVIDE:
        return state.divide;
    }
    const lvt = state.lvt[register - Register.LVT];
    if (lvt !== undefined) return lvt;
    const set = [state.isr, state.tmr, state.irr][(register - Register.ISR) >> 3];
    if (set) return set[register & 7]!;
    state.esr |= ESR_ILLEGAL_ADDRESS;
    return 0;
  }

  /** A read where no register is says so in the error status. */
  changesByRead(offset: number): boolean {
    return !isRegister((offset >>> 4) & 0xff);
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    if (size < 4) return;
    const register = (offset >>> 4) & 0xff;
    if (offset >= PAGE || register === 0) return this.deliverMessage(offset, value);
    switch (register) {
      case Register.ID:
        state.id = value >>> 24;
        return;
      case Register.TPR:
        state.tpr = value & 0xff;
        return this.update();
      case Register.EOI:
        return this.endOfInterrupt();
      case Register.LDR:
        state.logicalId = value >>> 24;
        return;
      case Register.DFR:
        state.model = value >>> 28;
        return;
      case Register.SVR:
        state.svr = value & SVR_BITS;
        return this.update();
      case Register.ICR_HIGH:
        state.icr[1] = value;
        return;
      case Register.ICR_LOW:
        state.icr[0] = value;
        return this.command(value);
      case Register.INITIAL_COUNT:
        state.initialCount = value;
        state.loadedNs = this.clock.nowNs();
        return this.wait(state.loadedNs);
      case Register.DIVIDE:
        state.divide = value & DIVIDE_BITS;
        state.shift = (((value & 3) | ((value >> 1) & 4)) + 1) & 7;
        return;
    }
    if (register >= Register.LVT && register < Register.LVT + LVT_ENTRIES) this.setLvt(register - Register.LVT, value);
    else if (!isRegister(register)) state.esr |= ESR_ILLEGAL_ADDRESS;
  }

  protected override afterLoad(): void {
    this.clock.setDeadline(this.timer, this.state.expiryNs);
    this.update();
  }

  protected override afterReset(): void {
    this.afterLoad();
  }

  private setLvt(entry: number, value: number): void {
    const { state } = this;
    state.lvt[entry] = value;
    if (entry === Lvt.TIMER) this.wait(this.clock.nowNs());
    else if (entry === Lvt.LINT0 && this.picComesFirst) this.deliverLocal(Lvt.LINT0);
    this.update();
  }

  /** The higher of the priorities of the task and of what is in service, in its upper four bits. */
  private processorPriority(): number {
    const { tpr, isr } = this.state;
    const inService = Math.max(highest(isr), 0) & 0xf0;
    return (tpr & 0xf0) >= inService ? tpr : inService;
  }

  /** The vector that the processor is asked to take; 0: none. Vector 0 is never asked for. */
  private pending(): number {
    const { svr, irr } = this.state;
    const vector = svr & SVR_ENABLED ? highest(irr) : 0;
    const priority = this.processorPriority() & 0xff;
    return vector <= 0 || (priority !== 0 && (vector & 0xf0) <= (priority & 0xf0)) ? 0 : vector;
  }

  /** Whether the i8259s' interrupts have a way to the processor, and one is there. */
  private get picComesFirst(): boolean {
    const { lint0, lvt } = this.state;
    return lint0 && (!this.isEnabled || !(lvt[Lvt.LINT0]! & LVT_MASKED));
  }

  private get picInterrupts(): boolean {
    const lvt = this.state.lvt[Lvt.LINT0]!;
    return this.picComesFirst && !(lvt & LVT_MASKED) && deliveryOf(lvt) === Delivery.EXTINT;
  }

  /**
   * QEMU keeps asking for what LINT0 has been masked for, and then delivers vector -1. Here nothing is asked for.
   */
  private update(): void {
    this.wires.intr.set(this.state.nmi || this.pending() > 0 || this.picInterrupts);
  }

  private setLint0(level: boolean): void {
    const { state } = this;
    state.lint0 = level;
    const lvt = state.lvt[Lvt.LINT0]!;
    if (level) this.deliverLocal(Lvt.LINT0);
    else if (!(lvt & LVT_MASKED) && deliveryOf(lvt) === Delivery.FIXED && lvt & LVT_LEVEL)
      put(state.irr, lvt & 0xff, false);
    this.update();
  }

  /** By an entry of the local vector table. ExtINT is LINT0's level, looked at in `update`; there is no SMI. */
  private deliverLocal(entry: number): void {
    const lvt = this.state.lvt[entry]!;
    if (lvt & LVT_MASKED) return;
    const isLine = entry === Lvt.LINT0 || entry === Lvt.LINT1;
    const delivery = deliveryOf(lvt);
    if (delivery === Delivery.FIXED || delivery === Delivery.NMI)
      this.deliver(delivery, lvt & 0xff, isLine && (lvt & LVT_LEVEL) !== 0);
  }

  private deliver(delivery: number, vector: number, level: boolean): void {
    const { state } = this;
    switch (delivery) {
      case Delivery.FIXED:
      case Delivery.LOWEST:
      case Delivery.EXTINT:
        put(state.irr, vector, true);
        put(state.tmr, vector, level);
        break;
      case Delivery.NMI:
        state.nmi = true;
        break;
      case Delivery.INIT:
        this.initialise();
        this.wires.init();
    }
    this.update();
  }

  /** As a reset, but for what the processor is told by, where it is, and LINT0. */
  private initialise(): void {
    const { base, id, lint0 } = this.state;
    this.state = { ...lapicState.powerOn(), base, id, lint0 };
    this.afterReset();
  }

  private isDestination(destination: number, logical: boolean): boolean {
    const { id, model, logicalId } = this.state;
    if (!logical) return destination === BROADCAST || destination === id;
    const common = destination & logicalId;
    if (model === Model.FLAT) return common !== 0;
    return model === Model.CLUSTER && (destination ^ logicalId) < 0x10 && (common & 0xf) !== 0;
  }

  /** ICR. QEMU knows a processor by the ID that it began with: to itself it is no other as long as that stands. */
  private command(value: number): void {
    const { icr, id } = this.state;
    const delivery = deliveryOf(value);
    const isSelf = id === lapicState.powerOn().id;
    const reaches = {
      [Shorthand.NONE]: () => this.isDestination(icr[1]! >>> 24, (value & ICR_LOGICAL) !== 0),
      [Shorthand.SELF]: () => isSelf,
      [Shorthand.ALL]: () => true,
      [Shorthand.OTHERS]: () => !isSelf,
    }[(value >>> ICR_SHORTHAND_SHIFT) & 3]!();
    const isDeassert = delivery === Delivery.INIT && (value & (ICR_LEVEL | ICR_ASSERT)) === ICR_LEVEL;
    if (reaches && !isDeassert) this.deliver(delivery, value & 0xff, (value & ICR_LEVEL) !== 0);
  }

  private endOfInterrupt(): void {
    const { isr, tmr } = this.state;
    const vector = highest(isr);
    if (vector < 0) return;
    put(isr, vector, false);
    if (has(tmr, vector)) this.wires.eoi(vector);
    this.update();
  }

  /** For the timer's next interrupt after `nowNs`. */
  private wait(nowNs: number): void {
    this.state.expiryNs = nextExpiry(this.state, nowNs);
    this.clock.setDeadline(this.timer, this.state.expiryNs);
  }

  private expire(): void {
    const atNs = this.state.expiryNs!;
    this.deliverLocal(Lvt.TIMER);
    this.wait(atNs);
  }
}

function isRegister(register: number): boolean {
  const isOfMany = register >= Register.ISR && register < Register.ESR;
  const isLvt = register >= Register.LVT && register < Register.LVT + LVT_ENTRIES;
  return isOfMany || isLvt || Object.values<number>(Register).includes(register);
}

function deliveryOf(value: number): number {
  return (value >>> DELIVERY_SHIFT) & 7;
}
