import {
  type Bus,
  type Door,
  FwCfg,
  type GuestMemory,
  type HostPort,
  type Line,
  type LocalApic,
  type MemoryBlock,
  type Stateful,
  type VirtualClock,
} from "../../hardware/index.ts";
import { assert, UserError } from "../../base/index.ts";
import { identityOf } from "../../isa/x86/index.ts";
import type { Images } from "../machine.ts";
import { AddressSpace } from "./address-space.ts";
import type { PcConfiguration } from "./configuration.ts";
import type { FirmwareConfiguration, FirmwareCpu, KernelImages } from "./firmware/configuration.ts";
import { firmwareItems } from "./firmware/items.ts";
import { type OfferedKernel, offerKernel } from "./firmware/kernel.ts";
import { splitRam } from "./firmware/ram.ts";
import { PcInterrupts } from "./interrupts.ts";
import { IsaDevices } from "./isa.ts";
import { memoryMap } from "./memory-map.ts";
import { PciDevices } from "./pci.ts";
import type { Report } from "../report.ts";

/** What the engine side hands to the board. */
export interface PcDependencies {
  readonly configuration: PcConfiguration;
  readonly images: Images;
  readonly clock: VirtualClock;
  /** RAM, by physical addresses. */
  readonly memory: GuestMemory;
  block(name: string): MemoryBlock;
  /** The CPU's interrupt line, for whatever the processor is asked. */
  readonly intr: Line;
  /** The gate of address line 20. */
  readonly a20: Line;
  /** A device asks for a reset of the machine, for its end, or for INIT of the CPU. */
  request(request: "reset" | "shutdown" | "init" | "suspend" | "wake"): void;
  /** The CPU stops until a reset. */
  stop(): void;
  /** Bytes leave host port `port`, in the step in execution. */
  send(port: number, bytes: Uint8Array): void;
}

/** CPUID.1.EDX: the processor has a local APIC. */
const HAS_APIC = 1 << 9;

/** QEMU's `pc` (i440FX and PIIX3), all but the CPU. */
export class PcBoard {
  readonly bus: Bus;
  readonly portBus: Bus;
  /** All device state, in the fixed order of snapshots and hashes. */
  readonly devices: readonly (Stateful & { powerOn(): void })[];
  readonly ports: readonly HostPort[];
  readonly reports: readonly Report[];
  readonly apic: LocalApic;
  private readonly isa: IsaDevices;
  private readonly kernel: OfferedKernel | undefined;
  private readonly cpu: FirmwareCpu;

  /** See Board. */
  get exitCode(): number | undefined {
    return this.isa.exitCode;
  }

  /** In sleep: nothing interrupts, and only a reset ends it. */
  get suspended(): boolean {
    return this.isa.pm?.suspended ?? false;
  }

  /** See Board. */
  wakeUp(): void {
    this.isa.pm?.wakeUp();
  }

  constructor(private readonly dependencies: PcDependencies) {
    const { block, configuration, memory, request } = dependencies;
    const { vga, ramBytes, maxRamBelow4g } = configuration;
    const { below4G } = splitRam(ramBytes, maxRamBelow4g);
    this.kernel = offered(dependencies);
    this.cpu = identityOf(configuration.cpu);
    const [ram, bios, optionRoms] = [block("ram"), block("bios"), block("option-roms")];
    const space = new AddressSpace({ ram, low: below4G, bios, optionRoms });
    this.bus = space.memory;
    this.portBus = space.ports;

    const interrupts = new PcInterrupts({ ...dependencies, init: () => request("init") });
    this.apic = interrupts.apic;
    space.addDevice(memoryMap.ioapic.base, memoryMap.ioapic.size, interrupts.ioapic);
    space.addDevice(memoryMap.apic.base, memoryMap.apic.size, this.apic, true);
    const fwCfg = new FwCfg(memory, firmwareItems(this.firmware(), this.kernel?.items));
    this.isa = new IsaDevices(space, { ...dependencies, interrupts, fwCfg });
    const video = vga === false ? undefined : { memory: block("vram"), rom: block("vga-rom") };
    const pci = new PciDevices(space, { ram, pm: this.isa.pm, video, lines: interrupts.lines });
    // Who has inputs comes before those who drive them: they are low after a reset.
    const { apic, ioapic, pic } = interrupts;
    this.devices = [apic, ioapic, pic, ...this.isa.devices, ...pci.devices];
    this.reports = [
      { name: "pic", help: "show the interrupt controllers", text: () => ioapic.report() + pic.report() },
      { name: "lapic", help: "show the CPU's local interrupt controller", text: () => apic.report() },
    ];
    this.ports = this.isa.hostPorts;
  }

  private firmware(): FirmwareConfiguration {
    const { acpi, bootMenu, graphics, hpet, maxRamBelow4g, ramBytes, serials, vga } = this.dependencies.configuration;
    const { bootStrict, rebootTimeoutMs, splashTimeMs } = this.dependencies.configuration;
    const { bootrom, splash } = this.dependencies.images;
    const rom = this.kernel && bootrom && { name: this.kernel.rom, bytes: bootrom, boots: true };
    return {
      ...{ ramBytes, maxRamBelow4G: maxRamBelow4g, cpu: this.cpu },
      ...{ acpi: acpi !== false, hpet: hpet !== false, vga: vga !== false, noGraphic: graphics === false },
      ...{ serialPorts: serials ?? 1, parallelPort: false, floppyDrive: false },
      boot: { menu: bootMenu, rebootTimeoutMs, splash, splashTimeMs, strict: bootStrict },
      ...(rom && { roms: [rom] }),
    };
  }

  /** FERR# comes by interrupt 13, until the guest says that it has seen it. */
  floatingPointError(): void {
    this.isa.coprocessorError();
  }

  /** There is none any more. */
  floatingPointErrorEnds(): void {
    this.isa.coprocessorErrorEnds();
  }

  /** Power-on, or a reset: devices, then ROMs. */
  powerOn(door: Door, position: number, cold: boolean): void {
    for (const device of this.devices) {
      if (cold) device.powerOn();
      else device.reset();
    }
    // Without one, the i8259s' interrupts are the processor's.
    if (!(this.cpu.features & HAS_APIC)) this.apic.base = 0;
    for (const { address, bytes, memoryBytes } of this.kernel?.segments ?? []) {
      const content = new Uint8Array(memoryBytes);
      content.set(bytes);
      assert(this.dependencies.memory.write(address, content), "a kernel's segment is in RAM");
    }
    if (!cold) return this.isa.bootAsUsual();
    const { block, configuration, images } = this.dependencies;
    this.isa.fillCmos(configuration.rtcBase ?? door.realTime(position));
    block("bios").write(0, images["firmware"]!);
    if (configuration.vga !== false) block("vga-rom").write(0, images["vgarom"]!);
  }
}

/** Throws UserError for a kernel that cannot be booted. */
function offered({ configuration, images }: PcDependencies): OfferedKernel | undefined {
  const { append, maxRamBelow4g, modules, ramBytes } = configuration;
  const { bootrom, initrd, kernel } = images;
  if (!kernel) return undefined;
  if (!bootrom) throw new UserError("a kernel is booted by an option ROM, which is not here");
  const several = modules && splitModules(initrd, modules);
  return offerKernel(
    { kernel, initrd, commandLine: append, modules: several },
    { ramBytes, maxRamBelow4G: maxRamBelow4g },
  );
}

function splitModules(
  initrd: Uint8Array | undefined,
  modules: NonNullable<PcConfiguration["modules"]>,
): NonNullable<KernelImages["modules"]> {
  const all = modules.reduce((sum, { bytes }) => sum + bytes, 0);
  if (all !== (initrd?.length ?? 0)) throw new UserError(`modules of ${all} bytes, which is not the initrd's size`);
  let at = 0;
  return modules.map(({ line, bytes }) => ({ line, bytes: initrd!.subarray(at, (at += bytes)) }));
}
