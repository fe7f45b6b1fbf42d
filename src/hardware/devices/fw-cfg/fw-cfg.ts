import { assert } from "../../../base/index.ts";
import type { AccessSize, MmioDevice } from "../../device.ts";
import type { GuestMemory } from "../../memory.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  DMA_DESCRIPTOR_BYTES,
  DMA_ERROR,
  DMA_READ,
  DMA_SELECT,
  DMA_SIGNATURE,
  DMA_SKIP,
  DMA_WRITE,
  ID_FEATURES,
  Key,
  Offset,
  SELECT_FOR_WRITING,
} from "./registers.ts";
import { type FwCfgState, fwCfgState } from "./state.ts";

/** An item with a name, found through the file directory. */
export interface FwCfgFile {
  /** At most 55 ASCII characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What firmware is to boot. */
export interface FwCfgBoot {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array | undefined;
  /** Empty: none. */
  readonly commandLine: string;
}

/** QEMU's firmware configuration device: read-only items by number, by register or by DMA. */
export class FwCfg extends StatefulDevice<FwCfgState> implements MmioDevice {
  private readonly items = new Map<number, Uint8Array>();

  constructor(
    private readonly memory: GuestMemory,
    files: readonly FwCfgFile[],
    cpus: number,
    boot?: FwCfgBoot,
  ) {
    super(fwCfgState);
    this.items.set(Key.SIGNATURE, new TextEncoder().encode("QEMU"));
    this.items.set(Key.ID, Uint8Array.of(ID_FEATURES, 0, 0, 0));
    this.items.set(Key.UUID, new Uint8Array(16));
    this.items.set(Key.CPUS, Uint8Array.of(cpus & 0xff, cpus >> 8));
    const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.items.set(Key.FILE_DIRECTORY, directory(sorted));
    sorted.forEach((file, index) => this.items.set(Key.FIRST_FILE + index, file.bytes));
    if (!boot) return;
    this.addSized(Key.KERNEL_SIZE, Key.KERNEL_DATA, boot.kernel);
    if (boot.initrd) this.addSized(Key.INITRD_SIZE, Key.INITRD_DATA, boot.initrd);
    if (boot.commandLine === "") return;
    this.addSized(Key.CMDLINE_SIZE, Key.CMDLINE_DATA, new TextEncoder().encode(`${boot.commandLine}\0`));
  }

  private addSized(sizeKey: number, dataKey: number, bytes: Uint8Array): void {
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, bytes.length, true);
    this.items.set(sizeKey, size);
    this.items.set(dataKey, bytes);
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

function directory(files: readonly FwCfgFile[]): Uint8Array {
  const ENTRY_BYTES = 64;
  const bytes = new Uint8Array(4 + ENTRY_BYTES * files.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  files.forEach(({ name, bytes: content }, index) => {
    const at = 4 + ENTRY_BYTES * index;
    const text = new TextEncoder().encode(name);
    assert(text.length < 56, `fw_cfg file name too long: ${name}`);
    view.setUint32(at, content.length);
    view.setUint16(at + 4, Key.FIRST_FILE + index);
    bytes.set(text, at + 8);
  });
  return bytes;
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
