import { hex } from "../../../base/index.ts";
import { findRegister, type RegisterInfo } from "../../../machine/index.ts";
import { BAD_ADDRESS, type Client, type Handler, INVALID, OK, parseHex, type Reply } from "../client.ts";
import { fromHex } from "../wire.ts";
import { applyEdit } from "./edits.ts";

function register(client: Client, number: string): RegisterInfo | undefined {
  const wanted = Number(parseHex(number));
  return findRegister(client.machine.debug, (r) => r.number === wanted);
}

/** The `g` packet has what changes with every step; gdb asks for system registers one by one. */
const readAll: Handler = ({ machine }) =>
  machine.debug.registers.map((r) => hex(machine.debug.readRegister(r.number))).join("");

const readOne: Handler = (client, args) => {
  const found = register(client, args);
  return found ? hex(client.machine.debug.readRegister(found.number)) : BAD_ADDRESS;
};

const writeOne: Handler = (client, args) => {
  const [number, value] = args.split("=");
  const found = register(client, number ?? "");
  if (!found) return BAD_ADDRESS;
  const bytes = fromHex(value ?? "");
  if (!bytes || bytes.length !== found.bits / 8) return INVALID;
  return write(client, found, bytes);
};

/** As many registers as are given, in whole. Only what differs is an edit. */
const writeAll: Handler = (client, args) => {
  const bytes = fromHex(args);
  if (!bytes || bytes.length === 0) return INVALID;
  const { debug } = client.machine;
  const changes: [RegisterInfo, Uint8Array][] = [];
  let at = 0;
  for (const info of debug.registers) {
    if (at >= bytes.length) break;
    const value = bytes.subarray(at, (at += info.bits / 8));
    if (at > bytes.length) return INVALID;
    if (hex(value) !== hex(debug.readRegister(info.number))) changes.push([info, value]);
  }
  for (const [info, value] of changes) {
    const reply = write(client, info, value);
    if (reply !== OK) return reply;
  }
  return OK;
};

function write(client: Client, { number, name, readOnly }: RegisterInfo, bytes: Uint8Array): Reply {
  if (readOnly) return `E.register ${name} can only be read`;
  return applyEdit(client, { kind: "write-register", register: number, bytes: bytes.slice() }, `register ${name}`);
}

export const registers: readonly (readonly [prefix: string, Handler])[] = [
  ["g", readAll],
  ["G", writeAll],
  ["p", readOne],
  ["P", writeOne],
];
