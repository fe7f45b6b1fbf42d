import { StatefulDevice } from "../state/index.ts";
import {
  COMMAND_IO,
  COMMAND_MASTER,
  COMMAND_MEMORY,
  COMMAND_NO_INTERRUPT,
  Config,
  CONFIGURATION_BYTES,
  Message,
  MESSAGE_ENABLED,
  ROM_ENABLED,
  STATUS_CLEARABLE,
  STATUS_INTERRUPT,
} from "./configuration.ts";
import { type Bar, barRegister, type FunctionDescription, type PciState } from "./describe-function.ts";

/** Takes what is behind a BAR to an address; undefined: nowhere. */
export type MoveTo = (base: number | undefined) => void;

/** Where a function's interrupts go. */
export interface PciInterrupts {
  /** `interrupts` is another. `allPins`: as QEMU's, a function whose interrupts are enabled or disabled has all of its bus's driven. */
  readonly changed: (allPins: boolean) => void;
  /** A message: 4 bytes of data to an address below 4 GB. */
  readonly message: (address: number, data: number) => void;
}

const NOWHERE: PciInterrupts = { changed: () => {}, message: () => {} };

/** One function on a PCI bus: configuration space as QEMU keeps it, BARs that move what is behind them, interrupts by pin or message. */
export class PciFunction extends StatefulDevice<PciState> {
  /** @param moves by the BAR's register */
  constructor(
    private readonly function_: FunctionDescription,
    private readonly moves: Readonly<Partial<Record<Bar["register"], MoveTo>>> = {},
    private readonly wires: PciInterrupts = NOWHERE,
  ) {
    super(function_);
  }

  /** Its interrupt pin: 1 is INTA#; 0: it has none. */
  get pin(): number {
    return this.state.config[Config.INTERRUPT_PIN]!;
  }

  /** Whether its pin is asserted: it asks, and the guest does not forbid it. */
  get interrupts(): boolean {
    return !this.interruptsDisabled && (this.state.config[Config.STATUS]! & STATUS_INTERRUPT) !== 0;
  }

  private get interruptsDisabled(): boolean {
    return (this.readConfig(Config.COMMAND, 2) & COMMAND_NO_INTERRUPT) !== 0;
  }

  /** It asks by its pin, until it does no more. */
  setInterrupt(level: boolean): void {
    const { config } = this.state;
    const before = this.interrupts;
    if (level) config[Config.STATUS]! |= STATUS_INTERRUPT;
    else config[Config.STATUS]! &= ~STATUS_INTERRUPT;
    if (this.interrupts !== before) this.wires.changed(false);
  }

  /** The guest wants messages, and pins are not looked at. */
  get usesMessages(): boolean {
    const { messages } = this.function_;
    return messages !== undefined && (this.state.config[messages + Message.CONTROL]! & MESSAGE_ENABLED) !== 0;
  }

  /** Where it may write to memory at all. */
  sendMessage(): void {
    const { messages } = this.function_;
    if (messages === undefined || !this.usesMessages || !(this.readConfig(Config.COMMAND, 2) & COMMAND_MASTER)) return;
    if (this.readConfig(messages + Message.ADDRESS_HIGH, 4) !== 0) return;
    this.wires.message(this.readConfig(messages + Message.ADDRESS, 4), this.readConfig(messages + Message.DATA, 2));
  }

  /** Unsigned. Past the end of the space there are all ones. */
  readConfig(offset: number, size: number): number {
    let value = 0;
    for (let n = 0; n < size; n++) value += (this.state.config[offset + n] ?? 0xff) * 2 ** (8 * n);
    return value;
  }

  /** A guest's write. */
  writeConfig(offset: number, size: number, value: number): void {
    const { config } = this.state;
    const { messages = CONFIGURATION_BYTES, writable } = this.function_;
    const disabled = this.interruptsDisabled;
    const end = Math.min(offset + size, CONFIGURATION_BYTES);
    for (let at = offset; at < end; at++) {
      const byte = (value >>> (8 * (at - offset))) & 0xff;
      const clears = at >> 1 === Config.STATUS >> 1 ? byte & (STATUS_CLEARABLE >> (8 * (at & 1))) : 0;
      config[at] = ((config[at]! & ~writable[at]!) | (byte & writable[at]!)) & ~clears;
    }
    if (this.interruptsDisabled !== disabled) this.wires.changed(true);
    if (this.usesMessages && end > messages && offset < messages + Message.BYTES) this.setInterrupt(false);
    this.configChanged();
  }

  /** What follows from the configuration: where BARs are. */
  protected configChanged(): void {
    for (const bar of this.function_.bars) this.moves[bar.register]?.(this.baseOf(bar));
  }

  protected override afterLoad(): void {
    this.configChanged();
  }
  protected override afterReset(): void {
    this.configChanged();
  }

  /** Where a BAR is; undefined: it is not decoded, or it is where nothing can be. */
  private baseOf(bar: Bar): number | undefined {
    const ports = bar.space === "ports";
    const decodes = this.readConfig(Config.COMMAND, 2) & (ports ? COMMAND_IO : COMMAND_MEMORY);
    const value = this.readConfig(barRegister(bar), 4);
    if (!decodes || (bar.register === "rom" && !(value & ROM_ENABLED))) return undefined;
    const base = value - (value % bar.size);
    const end = ports ? 0xffff : 0xffff_ffff;
    return base === 0 || base + bar.size - 1 >= end ? undefined : base;
  }
}
