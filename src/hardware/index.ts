export type { AccessSize, DeviceInfo, Line, MmioDevice, Stateful } from "./device.ts";
export type { Timer, VirtualClock } from "./clock.ts";
export {
  type Arrival,
  type DebuggerEdit,
  type Door,
  type HostEdit,
  type IdleEnd,
  type Input,
  isArrival,
  type PortSize,
  portSizes,
} from "./door.ts";
export type { HostPort, Send } from "./host-port.ts";
export type { FlashCells, GuestMemory, MemoryBlock } from "./memory.ts";
export {
  ACCESSES,
  type Access,
  AddressMap,
  type Answer,
  type Answers,
  type MappedRange,
  type PageTable,
  type RangeSpec,
  PHYSICAL_BYTES,
} from "./address-map.ts";
export { Bus, type Mapping, nobody, PORTS, readWrite } from "./bus.ts";
export { bytewise } from "./bytewise.ts";
export * from "./state/index.ts";
export { refusesMisaligned, splitsMisaligned } from "./misaligned.ts";
export { SeldomUsed } from "./seldom-used.ts";
export { ArmPmu } from "./devices/arm-pmu/arm-pmu.ts";
export { ArmTimer } from "./devices/arm-timer/arm-timer.ts";
export { TimerRegister } from "./devices/arm-timer/registers.ts";
export { CfiFlash } from "./devices/cfi-flash/cfi-flash.ts";
export { FwCfg } from "./devices/fw-cfg/fw-cfg.ts";
export * from "./devices/fw-cfg/items.ts";
export { Key as FwCfgKey } from "./devices/fw-cfg/registers.ts";
export { Debugcon } from "./devices/debugcon/debugcon.ts";
export { Gicv2 } from "./devices/gicv2/gicv2.ts";
export { Gicv2m } from "./devices/gicv2m/gicv2m.ts";
export { emptyPcieWindow, PcieHost } from "./devices/pcie-host/pcie-host.ts";
export { I8042 } from "./devices/i8042/i8042.ts";
export { Hpet } from "./devices/hpet/hpet.ts";
export { I8254 } from "./devices/i8254/i8254.ts";
export { I8257 } from "./devices/i8257/i8257.ts";
export { I8259 } from "./devices/i8259/i8259.ts";
export { IsaDebugExit } from "./devices/isa-debug-exit/isa-debug-exit.ts";
export { DEBUG_EXIT_PORTS } from "./devices/isa-debug-exit/registers.ts";
export { gsi } from "./devices/ioapic/gsi.ts";
export { IoApic } from "./devices/ioapic/ioapic.ts";
export { LocalApic } from "./devices/lapic/lapic.ts";
export { Mc146818 } from "./devices/mc146818/mc146818.ts";
export { bootOrder, pcCmos } from "./devices/mc146818/pc-cmos.ts";
export { Ns16550 } from "./devices/ns16550/ns16550.ts";
export { Piix3Reset } from "./devices/piix3-reset/piix3-reset.ts";
export { Piix4Pm } from "./devices/piix4-pm/piix4-pm.ts";
export { Piix4Smbus } from "./devices/piix4-smbus/piix4-smbus.ts";
export { PiixIde } from "./devices/piix-ide/piix-ide.ts";
export { Pl011 } from "./devices/pl011/pl011.ts";
export { Pl031 } from "./devices/pl031/pl031.ts";
export { Pl061 } from "./devices/pl061/pl061.ts";
export { Port92 } from "./devices/port92/port92.ts";
export { SpdEeproms } from "./devices/spd-eeproms/spd-eeproms.ts";
export { Sp805 } from "./devices/sp805/sp805.ts";
export { Vga } from "./devices/vga/vga.ts";
export { VirtioMmio } from "./devices/virtio-mmio/virtio-mmio.ts";
export { I440fx } from "./devices/i440fx/i440fx.ts";
export { PciHost } from "./devices/pci-host/pci-host.ts";
export { Piix4Function } from "./devices/piix4-function/piix4-function.ts";
export { Piix3, pirqOf } from "./devices/piix3/piix3.ts";
export { piix3IdeFunctionState } from "./devices/piix3-ide-function/state.ts";
export { vgaFunctionState } from "./devices/vga-function/state.ts";
export { PciFunction } from "./pci/pci-function.ts";
export { CoprocessorError } from "./devices/coprocessor-error/coprocessor-error.ts";
export { CpuHotplug } from "./devices/cpu-hotplug/cpu-hotplug.ts";
export { PciHotplug } from "./devices/pci-hotplug/pci-hotplug.ts";
