import { Qtest } from "./qtest.ts";

/** Where descriptor and data are put. */
const DESCRIPTOR = 0x1000;
const DATA = 0x1_0000;
const CHUNK = 0x1_0000;
const READ = 2;

/** A QEMU's `pc`, and its fw_cfg's items, read by DMA. */
export class QemuItems {
  private readonly qemu: Qtest;

  constructor(args: readonly string[]) {
    this.qemu = new Qtest(["-cpu", "qemu64,-svm", ...args], "pc as it is");
  }

  /** What firmware does before it asks for tables: the power management's ports are at 600h. */
  async prepare(): Promise<void> {
    const { qemu } = this;
    await qemu.writePort(0xcf8, 0x8000_0b40, 4);
    await qemu.writePort(0xcfc, 0x601, 4);
    await qemu.writePort(0xcf8, 0x8000_0b80, 4);
    await qemu.writePort(0xcfc, 1);
  }

  /** `length` bytes of an item, with the zeros that follow its end. */
  async read(key: number, length: number): Promise<Buffer> {
    const { qemu } = this;
    await qemu.writePort(0x510, key, 2);
    const chunks: Buffer[] = [];
    for (let at = 0; at < length; at += CHUNK) {
      const bytes = Math.min(CHUNK, length - at);
      const descriptor = Buffer.alloc(16);
      descriptor.writeUInt32BE(READ, 0);
      descriptor.writeUInt32BE(bytes, 4);
      descriptor.writeUInt32BE(DATA, 12);
      await qemu.command(`write 0x${DESCRIPTOR.toString(16)} 16 0x${descriptor.toString("hex")}`);
      await qemu.writePort(0x518, Buffer.from(Uint32Array.of(DESCRIPTOR).buffer).readUInt32BE(), 4);
      chunks.push(await this.memory(DATA, bytes));
    }
    return Buffer.concat(chunks);
  }

  async memory(address: number, length: number): Promise<Buffer> {
    const text = await this.qemu.command(`read 0x${address.toString(16)} 0x${length.toString(16)}`);
    return Buffer.from(text.slice(2), "hex");
  }

  end(): void {
    this.qemu.end();
  }
}
