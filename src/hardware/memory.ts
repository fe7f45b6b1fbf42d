/** Guest RAM as a device's DMA, the loader and the boot code reach it. Every write passes the engine's write gate. */
export interface GuestMemory {
  /** A copy of `length` bytes at a physical address; undefined where not all of it is RAM. */
  read(address: number, length: number): Uint8Array | undefined;
  /** False, and nothing is written, where not all of it is RAM. */
  write(address: number, bytes: Uint8Array): boolean;
}

/** RAM, ROM or video memory: whole pages of the machine, part of its state wherever they are mapped, or nowhere. */
export interface MemoryBlock {
  readonly name: string;
  /** A multiple of 4096. */
  readonly bytes: number;
  /** Its first page among the machine's, in the order of snapshots and hashes. */
  readonly firstPage: number;
  /** A copy of `length` bytes. */
  read(offset: number, length: number): Uint8Array;
  /** Passes the write gate. */
  write(offset: number, bytes: Uint8Array): void;
}

/** The cells of a flash chip, which are part of the machine's pages: the CPU reads and executes them as it does RAM. */
export interface FlashCells {
  /** A copy of `length` bytes. */
  read(offset: number, length: number): Uint8Array;
  /** `bytes` do not cross into another page. */
  write(offset: number, bytes: Uint8Array): void;
  /** Shown, the CPU reads the cells by itself; hidden, it reads the chip's registers. */
  show(shown: boolean): void;
}
