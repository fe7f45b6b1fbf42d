import type { Line } from "../../device.ts";
import { PciFunction } from "../../pci/pci-function.ts";
import { LINES, PIRQS, ROUTES } from "./registers.ts";
import { piix3State } from "./state.ts";

/** Which of PIRQA# to PIRQD# the pin of a function is wired to. `slot`: 8 × device + function; `pin`: 1 is INTA#. */
export const pirqOf = (slot: number, pin: number): number => ((slot >> 3) + pin - 2) & (PIRQS - 1);

const ALL: readonly number[] = Array.from({ length: PIRQS }, (_, pirq) => pirq);

/** The PIIX3's bridge to ISA: it routes interrupts of PCI's functions. */
export class Piix3 extends PciFunction {
  /**
   * @param lines by number
   * @param asserted whether a function asserts PIRQA# (0) to PIRQD#
   */
  constructor(
    private readonly lines: readonly Line[],
    private readonly asserted: (pirq: number) => boolean,
  ) {
    super(piix3State);
  }

  /** One of PIRQA# to PIRQD# may have changed; undefined: any of them. */
  changed(pirq?: number): void {
    for (const each of pirq === undefined ? ALL : [pirq]) {
      const number = this.route(each);
      if (number < LINES) this.drive(number);
    }
  }

  /** As QEMU's, a change of routes drives all of ISA's lines, also those that PCI's interrupts never had. */
  override writeConfig(offset: number, size: number, value: number): void {
    super.writeConfig(offset, size, value);
    if (offset < ROUTES + PIRQS && offset + size > ROUTES) for (let n = 0; n < LINES; n++) this.drive(n);
  }

  private route(pirq: number): number {
    return this.readConfig(ROUTES + pirq, 1);
  }

  private drive(number: number): void {
    this.lines[number]?.set(ALL.some((pirq) => this.route(pirq) === number && this.asserted(pirq)));
  }
}
