/** What tables say of the CPU, by CPUID. */
export interface FirmwareCpu {
  /** Leaf 1, EAX. */
  readonly signature: number;
  /** Leaf 1, EDX at power-on. */
  readonly features: number;
  /** Leaf 0: made by AMD. */
  readonly amd: boolean;
}

/** What firmware is told of the machine. */
export interface FirmwareConfiguration {
  readonly ramBytes: number;
  /** `max-ram-below-4g`, if it is given. */
  readonly maxRamBelow4G?: number | undefined;
  readonly cpu: FirmwareCpu;
  readonly acpi: boolean;
  readonly hpet: boolean;
  /** `-M graphics=off`, which `-nographic` is, too. */
  readonly noGraphic: boolean;
  /** In slot 2 of the PCI bus. */
  readonly vga: boolean;
  /** Of four: COM1 comes first. */
  readonly serialPorts: number;
  readonly parallelPort: boolean;
  /** The controller is always there; without a disk in it. */
  readonly floppyDrive: boolean;
  /** `-uuid`, as it is written: 16 bytes. */
  readonly uuid?: Uint8Array | undefined;
  readonly boot?: BootOptions | undefined;
  readonly roms?: readonly OptionRom[] | undefined;
}

/** An option ROM that is on no card. */
export interface OptionRom {
  /** Its file is `genroms/NAME`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** It boots something, before any device does. */
  readonly boots?: boolean | undefined;
}

/** Of `-boot`. */
export interface BootOptions {
  readonly menu?: boolean | undefined;
  /** Only from what is in `bootorder`. */
  readonly strict?: boolean | undefined;
  /** How long the menu's prompt stays. */
  readonly splashTimeMs?: number | undefined;
  /** Until another attempt after none has worked; at most FFFFh. */
  readonly rebootTimeoutMs?: number | undefined;
  /** A picture that is shown with the prompt: JPEG, or BMP of 24 bits. */
  readonly splash?: Uint8Array | undefined;
}

/** What `-kernel`, `-initrd` and `-append` give. */
export interface KernelImages {
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  /** Empty: none. */
  readonly commandLine: string;
  /** As they were called: a Multiboot kernel is told. */
  readonly name?: string | undefined;
  readonly initrdName?: string | undefined;
  /** What a Multiboot kernel gets in the initrd's place, if that is several files. */
  readonly modules?: readonly { readonly line: string; readonly bytes: Uint8Array }[] | undefined;
}
