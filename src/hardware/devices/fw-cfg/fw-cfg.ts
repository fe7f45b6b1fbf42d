import type { AccessSize, MmioDevice } from "../../device.ts";
import type { GuestMemory } from "../../memory.ts";
import { StatefulDevice } from "../../state/index.ts";
import type { FwCfgItems } from "./items.ts";
import {
  DMA_DESCRIPTOR_BYTES,
  DMA_ERROR,
  DMA_READ,
  DMA_SELECT,
  DMA_SIGNATURE,
  DMA_SKIP,
  DMA_WRITE,
  Offset,
  SELECT_FOR_WRITING,
} from "./registers.ts";
import { type FwCfgState, fwCfgState } from "./state.ts";

/** QEMU's firmware configuration device: read-only items by number, by register or by DMA. Itself it is the form in memory. */
export class FwCfg extends StatefulDevice<FwCfgState> implements MmioDevice {
  /** A PC's ports 510h and 511h: selector, and data at both. */
  readonly ports: MmioDevice = {
    name: "fw-cfg-ports",
    read: (_offset, size) => (size === 1 ? this.next() : 0),
    write: (_offset, size, value) => {
      if (size === 2) this.select(value);
    },
  };
  /** A PC's ports from 514h: the DMA register. */
  readonly dmaPorts: MmioDevice = {
    name: "fw-cfg-dma",
    read: (offset, size) => (offset % size === 0 ? this.read(Offset.DMA + offset, size) : 0),
    changesByRead: () => false,
    write: (offset, size, value) => this.write(Offset.DMA + offset, size, value),
  };

  constructor(
    private readonly memory: GuestMemory,
    private readonly items: FwCfgItems,
  ) {
    super(fwCfgState);
  }

  read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = offset < Offset.SELECTOR ? this.next() : signatureByte(offset + i - Offset.DMA);
      value += byte * 2 ** (8 * i);
    }
    return value;
  }

  /** The data register goes on to the next byte of the item. */
  changesByRead(offset: number): boolean {
    return offset < Offset.SELECTOR;
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (offset === Offset.SELECTOR && size === 2) this.select(swap16(value));
    else if (offset === Offset.DMA && size === 4) this.state.dmaHigh = swap32(value);
    else if (offset === Offset.DMA + 4 && size === 4) {
      const descriptor = this.state.dmaHigh * 2 ** 32 + swap32(value);
      this.state.dmaHigh = 0;
      this.transfer(descriptor);
    }
  }

  private select(selector: number): void {
    this.state.selector = selector;
    this.state.offset = 0;
  }

  private item(): Uint8Array | undefined {
    return this.items.get(this.state.selector & ~SELECT_FOR_WRITING);
  }

  private next(): number {
    const item = this.item();
    return item && this.state.offset < item.length ? item[this.state.offset++]! : 0;
  }

  /** Carries out one descriptor: control, length (32 bits each), address (64), big-endian; answers in its control word. */
  private transfer(descriptor: number): void {
    const bytes = this.memory.read(descriptor, DMA_DESCRIPTOR_BYTES);
    // Without RAM there is nowhere to report the error to.
    if (!bytes) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const address = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
    if (control & DMA_SELECT) this.select(control >>> 16);
    const failed = !this.move(control, length, address);
    this.memory.write(descriptor, Uint8Array.of(0, 0, 0, failed ? DMA_ERROR : 0));
  }

  /** Past an item's end reads give zeros. False when the memory is not RAM, or for a write: no item is writable. */
  private move(control: number, length: number, address: number): boolean {
    if (!(control & (DMA_READ | DMA_WRITE | DMA_SKIP))) return true;
    const item = this.item() ?? new Uint8Array();
    const start = this.state.offset;
    this.state.offset = Math.min(item.length, start + length);
    if (length === 0) return true;
    if (control & DMA_READ) return this.deliver(item.subarray(start, start + length), length, address);
    return !(control & DMA_WRITE);
  }

  private deliver(content: Uint8Array, length: number, address: number): boolean {
    // Asking for the ends first keeps a hostile length from costing host memory.
    if (!this.memory.read(address, 1) || !this.memory.read(address + length - 1, 1)) return false;
    const data = new Uint8Array(length);
    data.set(content);
    return this.memory.write(address, data);
  }
}

function signatureByte(index: number): number {
  return index >= 0 && index < DMA_SIGNATURE.length ? DMA_SIGNATURE.charCodeAt(index) : 0;
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >> 8) & 0xff);
}

function swap32(value: number): number {
  return ((swap16(value & 0xffff) << 16) | swap16(value >>> 16)) >>> 0;
}
