import { type Bytes, u16, u32, u64, zeros } from "./bytes.ts";

export const HPET_BASE = 0xfed0_0000;
/** Its capabilities: made by Intel, 64 bits, with legacy routes, 3 timers, revision 1 (IA-PC HPET, 2.3.4). */
export const HPET_ID = 0x8086_a201;

/** A numbered item: how many blocks there are, FFh for none, and room for 8: id, address (64 bits), least tick (16), protection (8). */
export function hpetBlocks(present: boolean): Bytes {
  const ENTRY_BYTES = 15;
  const first = present ? [...u32(HPET_ID), ...u64(HPET_BASE), ...u16(0), 0] : zeros(ENTRY_BYTES);
  return [present ? 1 : 0xff, ...first, ...zeros(7 * ENTRY_BYTES)];
}
