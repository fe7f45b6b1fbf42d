import { ARENA_BYTES } from "../case.ts";
import { NativeProgram } from "../native.ts";
import { type Assembled, CODE_BYTES, type Program } from "./program.ts";

/** What a program left. */
export interface Left {
  readonly r: readonly bigint[];
  readonly flags: number;
  readonly ip: bigint;
  /** How many faults there were, and where, mixed to one number. */
  readonly faults: number;
  readonly where: number;
  readonly fuel: bigint;
  readonly fpu: Uint8Array;
  readonly code: Uint8Array;
  readonly arena: Uint8Array;
}

/** As programs.c has them. */
export const MOST_FAULTS = 100;
const MOST_PLACES = 2048;
const HEAD_BYTES = 152;
const PROGRAM_BYTES = HEAD_BYTES + 512 + 2 * MOST_PLACES + CODE_BYTES + ARENA_BYTES;
const RESULT_BYTES = HEAD_BYTES + 8 + 512 + CODE_BYTES + ARENA_BYTES;

/** A program and what it finds. */
export interface Placed {
  readonly program: Program;
  readonly assembled: Assembled;
  readonly arena: Uint8Array;
}

function writePrograms(all: readonly Placed[]): Uint8Array {
  const bytes = new Uint8Array(all.length * PROGRAM_BYTES);
  all.forEach(({ program, assembled, arena }, n) => {
    const start = n * PROGRAM_BYTES;
    const view = new DataView(bytes.buffer, start, PROGRAM_BYTES);
    program.r.forEach((value, r) => view.setBigUint64(8 * r, value, true));
    view.setBigUint64(128, BigInt(program.flags), true);
    view.setUint32(136, assembled.entry, true);
    view.setUint32(140, assembled.places.length, true);
    view.setBigUint64(144, BigInt(program.fuel), true);
    bytes.set(program.fpu, start + HEAD_BYTES);
    assembled.places.forEach((place, at) => view.setUint16(HEAD_BYTES + 512 + 2 * at, place, true));
    const code = start + HEAD_BYTES + 512 + 2 * MOST_PLACES;
    bytes.set(assembled.code, code);
    bytes.set(arena, code + CODE_BYTES);
  });
  return bytes;
}

/** Runs programs on the reference processor. */
export class NativePrograms {
  // qemu-i386, the other choice, goes on with the new bytes of an instruction that stores into itself.
  private readonly native = new NativeProgram("programs", true);

  close(): void {
    this.native.close();
  }

  /** All of 64-bit code, or all of 32-bit code. */
  run(all: readonly Placed[]): Left[] {
    if (all.length === 0) return [];
    const bytes = this.native.run(all[0]!.program.long ? 64 : 32, writePrograms(all));
    return all.map((_, n): Left => {
      const at = n * RESULT_BYTES;
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, RESULT_BYTES);
      const part = (from: number, length: number): Uint8Array => bytes.slice(at + from, at + from + length);
      const fpu = HEAD_BYTES + 8;
      return {
        r: Array.from({ length: 16 }, (_, r) => view.getBigUint64(8 * r, true)),
        flags: Number(view.getBigUint64(128, true)),
        ip: view.getBigUint64(136, true),
        faults: view.getUint32(144, true),
        where: view.getUint32(148, true),
        fuel: view.getBigUint64(152, true),
        fpu: part(fpu, 512),
        code: part(fpu + 512, CODE_BYTES),
        arena: part(fpu + 512 + CODE_BYTES, ARENA_BYTES),
      };
    });
  }
}
