import type { RamPages } from "./pages.ts";
import type { MapAccess, PhysicalMap } from "./physical-map.ts";

/**
 * Memory as images, devices and debuggers reach it: by physical address, as it is mapped now, through the write gate.
 * Pages that memory shares with a device are not reached.
 */
export class PhysicalMemory {
  constructor(
    private readonly map: PhysicalMap,
    private readonly pages: RamPages,
    private readonly beforeWrite: (address: number, bytes: number) => void,
  ) {}

  /** What a load finds: RAM or ROM; undefined where not all of it is memory. */
  read(address: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    return this.readBy("read", address, length);
  }

  /** What a store reaches; undefined where not all of it is RAM. */
  readRam(address: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    return this.readBy("write", address, length);
  }

  /** False, and nothing is written, where not all of it is RAM. */
  writeRam(address: number, data: Uint8Array): boolean {
    const places = this.places("write", address, data.length);
    if (!places) return false;
    this.beforeWrite(address, data.length);
    let done = 0;
    for (const { at, count } of places) this.pages.write(at, data.subarray(done, (done += count)));
    return true;
  }

  private readBy(access: MapAccess, address: number, length: number): Uint8Array<ArrayBuffer> | undefined {
    const places = this.places(access, address, length);
    if (!places) return undefined;
    const [first] = places;
    if (places.length === 1 && first) return this.pages.read(first.at, length);
    const result = new Uint8Array(length);
    let done = 0;
    for (const { at, count } of places) {
      result.set(this.pages.read(at, count), done);
      done += count;
    }
    return result;
  }

  /** Where the bytes are in the machine's pages, in stretches; undefined where some are not there. */
  private places(access: MapAccess, address: number, length: number): { at: number; count: number }[] | undefined {
    const places: { at: number; count: number }[] = [];
    for (let done = 0; done < length;) {
      const from = address + done;
      const page = this.map.page(access, Math.floor(from / 4096));
      if (page === undefined) return undefined;
      const at = page * 4096 + (from % 4096);
      const count = Math.min(4096 - (from % 4096), length - done);
      const last = places.at(-1);
      if (last && last.at + last.count === at) last.count += count;
      else places.push({ at, count });
      done += count;
    }
    return places;
  }
}
