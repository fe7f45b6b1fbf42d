import { ascii, type Bytes, u32 } from "../bytes.ts";

export const HEADER_BYTES = 36;
/** Where a header has its checksum, which the loader of firmware computes. */
export const CHECKSUM_OFFSET = 9;
export const MAKER = "BOCHS ";
const PROGRAM = "BXPC";

/** A table with its header (ACPI specification, 5.2.6), of revision 1. */
export function table(signature: string, body: Bytes): Bytes {
  return [
    ...ascii(signature),
    ...u32(HEADER_BYTES + body.length),
    ...[1, 0],
    ...ascii(MAKER),
    ...ascii(PROGRAM, 8, 0x20),
    ...u32(1),
    ...ascii(PROGRAM),
    ...u32(1),
    ...body,
  ];
}
