import { StatefulDevice } from "../state/index.ts";
import {
  COMMAND_IO,
  COMMAND_MEMORY,
  Config,
  CONFIGURATION_BYTES,
  ROM_ENABLED,
  STATUS_CLEARABLE,
} from "./configuration.ts";
import { type Bar, barRegister, type FunctionDescription, type PciState } from "./describe-function.ts";

/** Takes what is behind a BAR to an address; undefined: nowhere. */
export type MoveTo = (base: number | undefined) => void;

/** One function on a PCI bus: configuration space as QEMU keeps it, BARs that move what is behind them. */
export class PciFunction extends StatefulDevice<PciState> {
  /** @param moves by the BAR's register */
  constructor(
    private readonly function_: FunctionDescription,
    private readonly moves: Readonly<Partial<Record<Bar["register"], MoveTo>>> = {},
  ) {
    super(function_);
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
    const { writable } = this.function_;
    const end = Math.min(offset + size, CONFIGURATION_BYTES);
    for (let at = offset; at < end; at++) {
      const byte = (value >>> (8 * (at - offset))) & 0xff;
      const clears = at >> 1 === Config.STATUS >> 1 ? byte & (STATUS_CLEARABLE >> (8 * (at & 1))) : 0;
      config[at] = ((config[at]! & ~writable[at]!) | (byte & writable[at]!)) & ~clears;
    }
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
