import { hex } from "../../../base/index.ts";
import { BAD_ADDRESS, type Client, type Handler, INVALID, OK, parseRange, type Reply } from "../client.ts";
import { fromHex, PACKET_BYTES } from "../wire.ts";
import { applyEdit } from "./edits.ts";

function readBytes(client: Client, address: bigint, length: number): Uint8Array | undefined {
  if (address + BigInt(length) > 1n << 64n) return undefined;
  if (!client.physicalMemory) return client.machine.readVirtual(address, length);
  return address <= BigInt(Number.MAX_SAFE_INTEGER) ? client.machine.readPhysical(Number(address), length) : undefined;
}

const read: Handler = (client, args) => {
  const range = parseRange(args);
  if (!range || range.length > PACKET_BYTES / 2) return INVALID;
  const bytes = readBytes(client, range.address, range.length);
  return bytes ? hex(bytes) : BAD_ADDRESS;
};

/** ADDRESS,LENGTH:DATA, with the data as hex (M) or as it is (X). */
function write(client: Client, args: string, decode: (data: string) => Uint8Array | undefined): Reply {
  const colon = args.indexOf(":");
  const range = parseRange(args.slice(0, Math.max(colon, 0)));
  const bytes = decode(args.slice(colon + 1));
  if (colon < 0 || !range || !bytes || bytes.length !== range.length) return INVALID;
  if (range.length === 0) return OK;
  if (!readBytes(client, range.address, range.length)) return BAD_ADDRESS;
  return writePages(client, range.address, bytes);
}

/** One edit per page: neighbours need not be neighbours in physical memory. */
function writePages(client: Client, address: bigint, bytes: Uint8Array): Reply {
  const pageBytes = client.machine.pages.pageBytes;
  for (let at = 0; at < bytes.length;) {
    const va = address + BigInt(at);
    const length = Math.min(bytes.length - at, pageBytes - Number(va % BigInt(pageBytes)));
    const physicalAddress = client.physicalMemory ? Number(va) : client.machine.debug.translate(va);
    if (physicalAddress === undefined) return BAD_ADDRESS;
    const piece = bytes.slice(at, at + length);
    const edit = { kind: "write-memory", physicalAddress, bytes: piece } as const;
    const reply = applyEdit(client, edit, `memory at 0x${va.toString(16)}`);
    if (reply !== OK) return reply;
    at += length;
  }
  return OK;
}

export const memory: readonly (readonly [prefix: string, Handler])[] = [
  ["m", read],
  ["M", (client, args) => write(client, args, fromHex)],
  ["X", (client, args) => write(client, args, (data) => Uint8Array.from(data, (c) => c.charCodeAt(0)))],
];
