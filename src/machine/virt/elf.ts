import { UserError } from "../../base/index.ts";

export interface ElfSegment {
  /** Physical address. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** At least the length of `bytes`; the rest is zero. */
  readonly memoryBytes: number;
}

export interface Elf {
  /** Physical address of the first instruction. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
}

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const MACHINE_AARCH64 = 183;
const PT_LOAD = 1;

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** The loadable segments of an AArch64 executable (ELF-64). Throws UserError for anything else. */
export function readElf(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < HEADER_BYTES) throw damaged("the header is cut off");
  if (
    view.getUint8(4) !== CLASS_64 ||
    view.getUint8(5) !== LITTLE_ENDIAN ||
    view.getUint16(18, true) !== MACHINE_AARCH64
  ) {
    throw new UserError("the kernel is an ELF file, but not for little-endian AArch64");
  }
  const number = (at: number): number => {
    const value = view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`value 0x${value.toString(16)} is out of range`);
    return Number(value);
  };
  const virtualEntry = view.getBigUint64(24, true);
  const headersAt = number(32);
  const headerBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (count > 0 && headerBytes < PROGRAM_HEADER_BYTES) throw damaged("program headers are too small");
  if (headersAt + count * headerBytes > file.length) throw damaged("program headers run past the end");

  const segments: ElfSegment[] = [];
  let entry: number | undefined;
  for (let index = 0; index < count; index++) {
    const at = headersAt + index * headerBytes;
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const offset = number(at + 8);
    const virtual = view.getBigUint64(at + 16, true);
    const address = number(at + 24);
    const fileBytes = number(at + 32);
    const memoryBytes = number(at + 40);
    if (offset + fileBytes > file.length) throw damaged(`segment ${index} runs past the end`);
    if (fileBytes > memoryBytes) throw damaged(`segment ${index} is larger in the file than in memory`);
    segments.push({ address, bytes: file.subarray(offset, offset + fileBytes), memoryBytes });
    if (virtualEntry >= virtual && virtualEntry < virtual + BigInt(memoryBytes)) {
      entry = address + Number(virtualEntry - virtual);
    }
  }
  if (segments.length === 0) throw damaged("nothing to load");
  if (entry === undefined) throw damaged("its entry is in none of its segments");
  return { entry, segments };
}

function damaged(why: string): UserError {
  return new UserError(`damaged ELF file: ${why}`);
}
