import {
  bootOrder,
  bytewise,
  CoprocessorError,
  CpuHotplug,
  Debugcon,
  type FwCfg,
  type HostPort,
  Hpet,
  I8042,
  I8254,
  I8257,
  IsaDebugExit,
  type Line,
  Mc146818,
  Ns16550,
  PciHotplug,
  pcCmos,
  Piix3Reset,
  Piix4Pm,
  Port92,
  type Stateful,
  type VirtualClock,
} from "../../hardware/index.ts";
import type { AddressSpace } from "./address-space.ts";
import type { PcConfiguration } from "./configuration.ts";
import { splitRam } from "./firmware/ram.ts";
import type { PcInterrupts } from "./interrupts.ts";
import { isaInterrupt, memoryMap, ports } from "./memory-map.ts";

export interface IsaWires {
  readonly configuration: PcConfiguration;
  readonly clock: VirtualClock;
  readonly interrupts: PcInterrupts;
  readonly fwCfg: FwCfg;
  /** The gate of address line 20. */
  readonly a20: Line;
  request(request: "reset" | "shutdown" | "suspend" | "wake"): void;
  /** The CPU stops until a reset. */
  stop(): void;
  send(port: number, bytes: Uint8Array): void;
}

/** QEMU's, if nothing else is said. */
const USUAL_ORDER = "cad";

type Device = Stateful & { powerOn(): void };

/** Number of the debug console among host ports: after the serial ports that a PC may have. */
const DEBUGCON_PORT = 4;

/** A PC's devices at fixed ports. */
export class IsaDevices {
  readonly devices: Device[] = [];
  readonly hostPorts: readonly HostPort[];
  /** Undefined: without ACPI there is no power management. */
  readonly pm: Piix4Pm | undefined;
  private readonly rtc: Mc146818;
  private readonly exit: IsaDebugExit;
  private readonly ferr: CoprocessorError;
  private readonly configuration: PcConfiguration;

  constructor(space: AddressSpace, wires: IsaWires) {
    const { a20, clock, configuration, fwCfg, interrupts, request, send } = wires;
    this.configuration = configuration;
    const reset = (): void => request("reset");
    const off = (): void => request("shutdown");
    const line = (number: number): Line => interrupts.line(number);
    // The PIT's and the clock's interrupts go by the HPET, where there is one: in legacy replacement theirs are its own.
    const hpet = configuration.hpet === false ? undefined : this.add(makeHpet(interrupts, clock, () => pit));
    const pit: I8254 = this.add(new I8254(clock, hpet?.intervalTimer ?? line(isaInterrupt.pit)));
    const rings = (): void => this.pm?.alarm();
    this.rtc = this.add(new Mc146818(clock, hpet?.clockInterrupt ?? line(isaInterrupt.rtc), rings));
    if (hpet) space.addDevice(memoryMap.hpet.base, memoryMap.hpet.size, hpet);
    if (configuration.acpi !== false) this.pm = this.powerManagement(space, wires);
    const [keys, mouse] = [line(isaInterrupt.keyboard), line(isaInterrupt.mouse)];
    const keyboard = this.add(new I8042({ keyboard: keys, mouse, a20, requestReset: reset }));
    const dma = this.add(new I8257());
    const port92 = this.add(new Port92(a20, reset));
    const resetControl = this.add(new Piix3Reset(reset));
    const serials = ports.serial
      .slice(0, configuration.serials ?? 1)
      .map((_, n) => new Ns16550(clock, line(isaInterrupt.serial[n]!), (bytes) => send(n, bytes), `serial${n}`))
      .map((uart) => this.add(uart));
    this.ferr = this.add(new CoprocessorError(line(isaInterrupt.coprocessor)));
    this.exit = this.add(new IsaDebugExit(off));
    const console = this.add(new Debugcon((bytes) => send(DEBUGCON_PORT, bytes)));
    this.add(fwCfg);

    const { pic } = interrupts;
    space.addPorts(ports.pic[0], 2, bytewise(pic.master));
    space.addPorts(ports.pic[1], 2, bytewise(pic.slave));
    space.addPorts(ports.edgeLevel, 2, bytewise(pic.edgeLevel));
    space.addPorts(ports.pit, 4, bytewise(pit.counters));
    space.addPorts(ports.port61, 1, bytewise(pit.port61));
    space.addPorts(ports.keyboard, 1, keyboard.data);
    space.addPorts(ports.keyboardCommand, 1, keyboard.command);
    space.addPorts(ports.dma[0], 16, dma.first);
    space.addPorts(ports.dma[1], 32, dma.second);
    space.addPorts(ports.dmaPages, 16, dma.pages);
    space.addPorts(ports.rtc, 2, bytewise(this.rtc));
    space.addPorts(ports.port92, 1, port92.port);
    space.addPorts(ports.coprocessor, 1, this.ferr.port);
    space.addPorts(ports.resetControl, 1, resetControl.port, 1);
    serials.forEach((uart, n) => space.addPorts(ports.serial[n], 8, bytewise(uart)));
    space.addPorts(ports.fwCfg, 2, fwCfg.ports);
    space.addPorts(ports.fwCfgDma, 8, fwCfg.dmaPorts);
    const { debugExit } = configuration;
    if (debugExit) space.addPorts(debugExit.port, debugExit.size, this.exit);
    if (configuration.debugcon !== undefined) space.addPorts(configuration.debugcon, 1, console);
    this.hostPorts = serials;
  }

  /** In the order of snapshots. */
  private add<D extends Device>(device: D): D {
    this.devices.push(device);
    return device;
  }

  /** What ACPI is about: power management, and the ports that its code looks at. */
  private powerManagement(space: AddressSpace, { clock, interrupts, request, stop }: IsaWires): Piix4Pm {
    const pm = this.add(
      new Piix4Pm(clock, {
        sci: interrupts.line(isaInterrupt.acpi),
        off: () => request("shutdown"),
        suspend: () => {
          this.rtc.suspend();
          request("suspend");
        },
        stop,
        wake: () => request("wake"),
      }),
    );
    const cpuHotplug = this.add(new CpuHotplug());
    // Nothing is pulled from the slots of the chip set, and of the graphics card.
    const pciHotplug = this.add(new PciHotplug(this.configuration.vga === false ? [0, 1] : [0, 1, 2]));
    space.addPorts(ports.apm, 2, pm.apm);
    space.addPorts(ports.gpe, 4, pm.gpe);
    space.addPorts(ports.pciHotplug, 24, pciHotplug);
    space.addPorts(ports.cpuHotplug, 32, cpuHotplug.ports);
    return pm;
  }

  /** What a guest has ended the machine with. */
  get exitCode(): number | undefined {
    return this.exit.code;
  }

  /** FERR#. */
  coprocessorError(): void {
    this.ferr.raise();
  }

  /** IGNNE# falls with it. */
  coprocessorErrorEnds(): void {
    this.ferr.heed();
  }

  /** `-boot once` is over. QEMU says so at the first reset alone; no firmware writes there what it should not find again. */
  bootAsUsual(): void {
    const { boot = USUAL_ORDER, bootOnce } = this.configuration;
    if (bootOnce !== undefined) this.rtc.fill(bootOrder(boot));
  }

  /** What the clock and its memory hold when the power comes on; `realTime`: seconds since 1970. */
  fillCmos(realTime: number): void {
    const { boot, bootOnce, maxRamBelow4g, ramBytes } = this.configuration;
    const { below4G, above4G } = splitRam(ramBytes, maxRamBelow4g);
    const order = bootOnce ?? boot ?? USUAL_ORDER;
    const equipment = { ramBelow4g: below4G, ramAbove4g: above4G, cpus: 1, boot: order, floppies: 0 };
    this.rtc.fill(pcCmos(equipment));
    this.rtc.setTime(realTime);
  }
}

function makeHpet(interrupts: PcInterrupts, clock: VirtualClock, pit: () => I8254): Hpet {
  return new Hpet(clock, {
    lines: interrupts.lines,
    intervalTimer: { set: (level) => pit().enable.set(level) },
    message: interrupts.message,
  });
}
