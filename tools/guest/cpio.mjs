// The archive format of an initramfs: cpio "newc" (Linux Documentation/driver-api/early-userspace/buffer-format.rst).
// @ts-check
import { Buffer } from "node:buffer";

/** File types, in the upper bits of a mode. */
const DIRECTORY = 0o040000;
const CHARACTER_DEVICE = 0o020000;
const REGULAR = 0o100000;
const SYMLINK = 0o120000;

/** An archive built entry by entry; the same entries give the same bytes: no times, owners, or order of adding. */
export class Cpio {
  /** @type {Map<string, { mode: number, data: Buffer, device: [number, number] }>} */
  #entries = new Map();

  /** @param {string} path */
  directory(path) {
    this.#add(path, DIRECTORY | 0o755);
  }

  /** @param {string} path @param {Uint8Array | string} data @param {number} [permissions] */
  file(path, data, permissions = 0o755) {
    this.#add(path, REGULAR | permissions, Buffer.from(data));
  }

  /** @param {string} path @param {string} target */
  symlink(path, target) {
    this.#add(path, SYMLINK | 0o777, Buffer.from(target));
  }

  /** @param {string} path @param {number} major @param {number} minor */
  characterDevice(path, major, minor) {
    this.#add(path, CHARACTER_DEVICE | 0o600, Buffer.alloc(0), [major, minor]);
  }

  /** The archive's bytes. */
  bytes() {
    const paths = [...this.#entries.keys()].sort();
    const parts = paths.map((path, index) => {
      const entry = this.#entries.get(path);
      if (entry === undefined) throw new Error(path);
      return encode(index + 1, path, entry.mode, entry.data, entry.device);
    });
    return Buffer.concat([...parts, encode(0, "TRAILER!!!", 0, Buffer.alloc(0), [0, 0])]);
  }

  /** @param {string} path @param {number} mode @param {Buffer} [data] @param {[number, number]} [device] */
  #add(path, mode, data = Buffer.alloc(0), device = [0, 0]) {
    this.#entries.set(path, { mode, data, device });
  }
}

/** @param {number} inode @param {string} path @param {number} mode @param {Buffer} data @param {[number, number]} device */
function encode(inode, path, mode, data, device) {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, device[0], device[1], name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
  return Buffer.concat([pad(Buffer.concat([header, name])), pad(data)]);
}

/** @param {Buffer} bytes */
function pad(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
