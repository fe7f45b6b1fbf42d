/** Guest RAM as a device's DMA, the loader and the boot code reach it. Every write passes the engine's write gate. */
export interface GuestMemory {
  /** A copy of `length` bytes at a physical address; undefined where not all of it is RAM. */
  read(address: number, length: number): Uint8Array | undefined;
  /** False, and nothing is written, where not all of it is RAM. */
  write(address: number, bytes: Uint8Array): boolean;
}
