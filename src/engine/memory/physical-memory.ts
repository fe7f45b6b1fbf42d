import { RAM, ROM_BANK_BYTES } from "../layout.ts";
import type { RamPages } from "./pages.ts";

/** Where RAM and ROM are in the guest's physical address space, page-aligned. */
export interface PhysicalLayout {
  readonly ramBase: number;
  readonly ramBytes: number;
  /** Memory that instructions only read, in banks of ROM_BANK_BYTES. */
  readonly rom: { readonly base: number; readonly banks: number };
}

/** RAM and ROM as images, devices and debuggers reach them: by physical address, through the write gate. */
export class PhysicalMemory {
  private readonly bytes: Uint8Array;

  constructor(
    memory: WebAssembly.Memory,
    private readonly pages: RamPages,
    private readonly layout: PhysicalLayout,
    private readonly beforeWrite: (address: number, bytes: number) => void,
  ) {
    this.bytes = new Uint8Array(memory.buffer);
  }

  /** Undefined where there is no RAM. */
  readRam(address: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    const offset = address - this.layout.ramBase;
    if (offset < 0 || offset + length > this.layout.ramBytes) return undefined;
    return this.bytes.slice(RAM + offset, RAM + offset + length);
  }

  /** False outside RAM. */
  writeRam(address: number, data: Uint8Array): boolean {
    const offset = address - this.layout.ramBase;
    if (offset < 0 || offset + data.length > this.layout.ramBytes) return false;
    this.beforeWrite(address, data.length);
    for (let done = 0; done < data.length;) {
      const at = offset + done;
      const count = Math.min(4096 - (at % 4096), data.length - done);
      this.pages.open(Math.floor(at / 4096)).set(data.subarray(done, done + count), at % 4096);
      done += count;
    }
    return true;
  }

  /** Bytes of RAM or ROM, whoever answers for the ROM; undefined where there is neither. */
  read(address: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    const { ramBytes, rom } = this.layout;
    const offset = address - rom.base;
    if (offset < 0 || offset + length > rom.banks * ROM_BANK_BYTES) return this.readRam(address, length);
    const at = RAM + ramBytes + offset;
    return this.bytes.slice(at, at + length);
  }

  /** Writes ROM as its device does, inside one page, at an offset from the first bank's start. */
  writeRom(offset: number, data: Uint8Array): void {
    const at = this.layout.ramBytes + offset;
    this.pages.open(Math.floor(at / 4096)).set(data, at % 4096);
  }
}
