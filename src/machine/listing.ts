import type { Disassembly, GuestDebug } from "./guest-debug.ts";

/** Guest memory; undefined where a byte cannot be read. */
export type ReadCode = (address: bigint, length: number) => Uint8Array | undefined;

export interface ListedInstruction extends Disassembly {
  readonly bytes: Uint8Array;
}

type Lengths = Pick<GuestDebug, "instructionBytes" | "disassemble">;

/** Code as far back as this is looked at for where instructions begin. */
const FARTHEST = 4096n;

/** The instruction at an address; undefined where none can be read. At the end of what is mapped it has fewer bytes to choose from. */
export function instructionAt(
  debug: Lengths,
  address: bigint,
  read: ReadCode,
  syntax?: string,
): ListedInstruction | undefined {
  const { shortest, longest } = debug.instructionBytes;
  for (let most = longest; most >= shortest; most -= shortest) {
    const bytes = read(address, most);
    if (!bytes) continue;
    const found = debug.disassemble(address, bytes, syntax);
    const length = Math.min(Math.max(found.length, shortest), most);
    return { ...found, length, bytes: bytes.subarray(0, length) };
  }
  return undefined;
}

/**
 * The address `count` instructions after another, or before for a negative one. Where lengths differ, what comes before is read
 * from `start` on, where an instruction is known to begin, or else from far enough that decoding has found its feet; what cannot
 * be read counts as instructions of the shortest length.
 */
export function addressFrom(debug: Lengths, address: bigint, count: number, read: ReadCode, start?: bigint): bigint {
  const { shortest, longest } = debug.instructionBytes;
  if (shortest === longest) return BigInt.asUintN(64, address + BigInt(count * shortest));
  if (count >= 0) return forwards(debug, address, count, read);
  const known = start !== undefined && start < address && address - start <= FARTHEST;
  const wanted = BigInt(longest * (4 - count));
  const starts: bigint[] = [];
  let at = known ? start : address > wanted ? address - wanted : 0n;
  while (at < address) {
    starts.push(at);
    at += BigInt(instructionAt(debug, at, read)?.length ?? shortest);
  }
  return starts.at(count) ?? starts[0] ?? address;
}

function forwards(debug: Lengths, address: bigint, count: number, read: ReadCode): bigint {
  let at = address;
  for (let i = 0; i < count; i++)
    at = BigInt.asUintN(64, at + BigInt(instructionAt(debug, at, read)?.length ?? debug.instructionBytes.shortest));
  return at;
}
