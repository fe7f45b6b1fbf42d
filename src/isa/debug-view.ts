import type { StateField } from "./state.ts";

/** What the debugger's side of the guest needs of the machine it looks at. Elements of state fields are unsigned. */
export interface DebugView {
  read(field: StateField, index?: number): bigint;
  write(field: StateField, value: bigint, index?: number): void;
  /** Guest memory by the current translation; undefined where a byte is unmapped. */
  readVirtual(address: bigint, length: number): Uint8Array | undefined;
  /** RAM, by physical addresses; undefined where there is none. */
  readPhysical(address: number, length: number): Uint8Array | undefined;
  /** Physical address behind a virtual one; undefined when unmapped. */
  translate(address: bigint): number | undefined;
  /** A function that Guest.host declares; arguments are unsigned. */
  host(name: string, ...args: bigint[]): bigint | number | void;
  position(): number;
  nowNs(): number;
}
