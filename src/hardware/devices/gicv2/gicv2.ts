import type { MmioDevice } from "../../device.ts";
import { GicCpuInterface } from "./cpu-interface.ts";
import { GicDistributor } from "./distributor.ts";
import { GicInterrupts } from "./interrupts.ts";

/**
 * Generic Interrupt Controller version 2 (Arm IHI 0048B) for one CPU, with both groups and without the security
 * extensions. Group 0 is signalled as IRQ; with FIQEn it goes to the FIQ wire, which nothing is connected to.
 */
export class Gicv2 extends GicInterrupts {
  readonly distributor: MmioDevice = new GicDistributor(this);
  readonly cpuInterface: MmioDevice = new GicCpuInterface(this);
}
