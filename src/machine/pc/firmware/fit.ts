import { UserError } from "../../../base/index.ts";

/** Video memory and ROM. */
const HOLE = { start: 0xa_0000, end: 0x10_0000 } as const;

/** Throws UserError unless a part of a kernel lies in RAM below `ramEnd`. */
export function checkFit(address: number, bytes: number, ramEnd: number): void {
  const end = address + bytes;
  if (end > ramEnd) throw new UserError(`the kernel does not fit into RAM: it ends at 0x${end.toString(16)}`);
  if (bytes > 0 && address < HOLE.end && end > HOLE.start)
    throw new UserError("the kernel reaches into video memory and ROM, from 0xa0000 to 0xfffff");
}
