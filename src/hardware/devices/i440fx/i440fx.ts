import type { Answers, MappedRange, RangeSpec } from "../../address-map.ts";
import { nobody, readWrite } from "../../bus.ts";
import type { MemoryBlock } from "../../memory.ts";
import { PciFunction } from "../../pci/pci-function.ts";
import { PAM_READ, PAM_WRITE, Register, SMRAM_OPEN } from "./registers.ts";
import { i440fxState } from "./state.ts";

const KB = 1024;

/** Where RAM may be shown, in the order of PAM's fields, the first of which is nobody's. */
const WINDOWS: readonly { readonly base: number; readonly size: number }[] = [
  { base: 0xf_0000, size: 64 * KB },
  ...Array.from({ length: 12 }, (_, n) => ({ base: 0xc_0000 + n * 16 * KB, size: 16 * KB })),
];
const SMRAM = { base: 0xa_0000, size: 128 * KB };

/** Intel 440FX, the bridge between CPU, RAM and PCI: which of ROM and RAM answers below 1 MB. */
export class I440fx extends PciFunction {
  private readonly windows: readonly MappedRange[];
  private readonly smram: MappedRange;

  /**
   * @param add puts a range on the CPU's bus, above all else that is there
   * @param ram from address 0 on
   */
  constructor(
    add: (range: Omit<RangeSpec, "priority">) => MappedRange,
    private readonly ram: MemoryBlock,
  ) {
    super(i440fxState);
    this.windows = WINDOWS.map((window, n) => add({ name: `pam.${n}`, ...window }));
    this.smram = add({ name: "smram", ...SMRAM });
    this.powerOn();
  }

  override powerOn(): void {
    super.powerOn();
    this.state.config[Register.RAM_UNITS] = Math.min(Math.floor(this.ram.bytes / (8 * KB * KB)), 0xff);
  }

  protected override configChanged(): void {
    super.configChanged();
    this.windows.forEach((window, n) => {
      const field = this.state.config[Register.PAM0 + ((n + 1) >> 1)]! >> (n & 1 ? 0 : 4);
      window.answerBy(this.shown(WINDOWS[n]!.base, field));
    });
    const open = this.state.config[Register.SMRAM]! & SMRAM_OPEN;
    this.smram.answerBy(open ? readWrite(this.ram, SMRAM.base) : {});
  }

  /** As QEMU has it: RAM that can be written can be read. */
  private shown(base: number, field: number): Answers {
    const both = readWrite(this.ram, base);
    if (field & PAM_WRITE) return both;
    return field & PAM_READ ? { ...both, write: { device: nobody } } : {};
  }
}
