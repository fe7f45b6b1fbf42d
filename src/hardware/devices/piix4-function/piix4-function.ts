import { type MoveTo, PciFunction } from "../../pci/pci-function.ts";
import { BASE_BITS, ENABLED, Register } from "./registers.ts";
import { piix4FunctionState } from "./state.ts";

/** PIIX4's power management on PCI: it says where its ports are. */
export class Piix4Function extends PciFunction {
  constructor(
    private readonly movePm: MoveTo,
    private readonly moveSmbus: MoveTo,
  ) {
    super(piix4FunctionState);
    this.configChanged();
  }

  protected override configChanged(): void {
    super.configChanged();
    this.movePm(this.base(Register.PM_BASE, Register.PM_ENABLE));
    this.moveSmbus(this.base(Register.SMBUS_BASE, Register.SMBUS_ENABLE));
  }

  private base(base: number, enable: number): number | undefined {
    return this.readConfig(enable, 1) & ENABLED ? this.readConfig(base, 4) & BASE_BITS : undefined;
  }
}
