import { hexDigits } from "../../../base/index.ts";
import type { Controller, I8259State } from "./state.ts";

/** What QEMU's `info pic` shows of the i8259s: the slave first. */
export function report({ controllers: [master, slave] }: I8259State): string {
  return line(slave, 1) + line(master, 0);
}

function line(chip: Controller, number: number): string {
  const { elcr, highest, imr, irr, isr, readsIsr, specialFullyNested, vectorBase } = chip;
  const fields = [
    `irr=${hexDigits(irr, 2)} imr=${hexDigits(imr, 2)} isr=${hexDigits(isr, 2)} hprio=${highest}`,
    `irq_base=${hexDigits(vectorBase, 2)} rr_sel=${Number(readsIsr)}`,
    `elcr=${hexDigits(elcr, 2)} fnm=${Number(specialFullyNested)}`,
  ];
  return `pic${number}: ${fields.join(" ")}\n`;
}
