import type { Machine } from "../../machine/index.ts";
import type { HitOwner } from "../hits.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { DebugTarget } from "../target.ts";

/** What the packet handlers know of one connected gdb. */
export interface Client {
  readonly target: DebugTarget;
  readonly machine: Machine;
  readonly monitor: Monitor;
  readonly hits: HitOwner;
  /** The client understands process ids and expedited registers. */
  multiprocess: boolean;
  /** `m` and `M` take physical addresses (qqemu.PhyMemMode). */
  physicalMemory: boolean;
  /** How QEMU's single steps meet interrupts (Qqemu.sstep); kept and told, see docs/decisions/0002. */
  stepBits: number;
  acknowledge: boolean;
  /** Answer to `?`. */
  lastStop: string | undefined;
  /** To be told with the next motion: gdb shows text only while it waits. */
  notice: string | undefined;
  /** Someone wants gdb's motion stopped, and it has not been told of a stop for that reason yet. */
  interruptRequested: boolean;
  /**
   * gdb has shown its user the last stop. Before, it may go on by itself, as after a breakpoint whose condition is
   * false: to its user the machine runs.
   */
  presented: boolean;
  /** Prints on gdb's console; only while gdb waits for a stop or for `qRcmd`. Nothing at all is a sign of life. */
  print(text: string): void;
  /** Ends the conversation once the reply has gone out. */
  leave(after: () => void): void;
}

/** The reply to a packet; undefined: none. The empty reply means "not supported". */
export type Reply = string | undefined;
export type Handler = (client: Client, args: string) => Reply | Promise<Reply>;

export const OK = "OK";
/** errno-like codes, as gdb shows them: bad address, invalid argument. */
export const BAD_ADDRESS = "E14";
export const INVALID = "E22";

/** A hex number of at most 64 bits. */
export function parseHex(text: string): bigint | undefined {
  return /^[0-9a-fA-F]{1,16}$/.test(text) ? BigInt("0x" + text) : undefined;
}

/** "ADDRESS,LENGTH" in hex. */
export function parseRange(text: string): { address: bigint; length: number } | undefined {
  const [first, second, ...rest] = text.split(",");
  const address = parseHex(first ?? "");
  const length = parseHex(second ?? "");
  if (address === undefined || length === undefined || length > 0xffffffffn || rest.length > 0) return undefined;
  return { address, length: Number(length) };
}
