import type { FileHead, RecognizedImage } from "../api/index.ts";
import { boards, type BoardType } from "../machine/index.ts";

const gzip = [0x1f, 0x8b];
const elf = [0x7f, 0x45, 0x4c, 0x46];
/** newc */
const cpio = [0x30, 0x37, 0x30, 0x37];
const starts = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);

/** The board that boots such a kernel; undefined where its first bytes do not tell. */
export function boardOfKernel(head: Uint8Array): BoardType | undefined {
  return boards.all.find((board) => board.isKernel(head));
}

/** The board that starts in such firmware. */
export function boardOfFirmware(bytes: number, tail: Uint8Array): BoardType | undefined {
  return boards.all.find((board) => board.isFirmware?.(bytes, tail));
}

/** What an image is, by its first and last bytes, or by its name where it is compressed. */
export function recognize({ name, size, head, tail }: FileHead): RecognizedImage | undefined {
  if (starts(head, elf) || boardOfKernel(head)) return "kernel";
  if (starts(head, gzip) && /image|linux|kernel/i.test(name)) return "kernel";
  if (starts(head, cpio) || /init|cpio|rootfs/i.test(name)) return "initrd";
  return boardOfFirmware(size, tail) ? "firmware" : undefined;
}
