import { assert, UserError, type ByteReader, type ByteWriter } from "../../base/index.ts";
import { type Input, PORTS, type PortSize, portSizes } from "../../hardware/index.ts";
import { readVarint, writeVarint } from "./varint.ts";

export type EndReason = "guest-shutdown" | "guest-reset" | "host-quit";

/** One entry of the log. What happened at a position comes in order; names may be given to any position, at any time. */
export type LogRecord =
  /** Entropy consumed at `position`. */
  | { readonly kind: "entropy"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "realTime"; readonly position: number; readonly seconds: number }
  /** Applied as the first act of the step from `position`. */
  | { readonly kind: "input"; readonly position: number; readonly input: Input }
  /** The idle of the step that leads to `position` ended at `ns`, before its deadline. */
  | { readonly kind: "idleEnd"; readonly position: number; readonly ns: number }
  /** State hash at `position`, 16 bytes. */
  | { readonly kind: "hash"; readonly position: number; readonly hash: Uint8Array }
  /** All that led to `position` stands in the log: a replay can go that far. The first one, at 0, ends power-on. */
  | { readonly kind: "complete"; readonly position: number }
  | { readonly kind: "end"; readonly position: number; readonly reason: EndReason }
  | { readonly kind: "name"; readonly position: number; readonly virtualNs: number; readonly name: string }
  | { readonly kind: "forget"; readonly name: string };

const code = {
  entropy: 1,
  realTime: 2,
  arrival: 3,
  reset: 4,
  quit: 5,
  writeMemory: 6,
  writeRegister: 7,
  idleEnd: 8,
  hash: 9,
  complete: 10,
  end: 11,
  name: 12,
  forget: 13,
  arrivalBreak: 14,
  readPort: 15,
  writePort: 16,
  wake: 17,
} as const;

const endReasons: readonly EndReason[] = ["guest-shutdown", "guest-reset", "host-quit"];

/** Writes records one after the other; a position is the difference to the one before, so that most take a byte or two. */
export function encodeRecords(records: readonly LogRecord[], to: ByteWriter): void {
  let last = 0;
  const head = (kind: number, position: number): void => {
    assert(position >= last && Number.isSafeInteger(position), `log record out of order: ${position} after ${last}`);
    to.u8(kind);
    writeVarint(to, position - last);
    last = position;
  };
  for (const record of records) {
    switch (record.kind) {
      case "entropy":
        head(code.entropy, record.position);
        writeBlob(to, record.bytes);
        break;
      case "realTime":
        head(code.realTime, record.position);
        writeVarint(to, record.seconds);
        break;
      case "input":
        encodeInput(record.input, record.position, head, to);
        break;
      case "idleEnd":
        head(code.idleEnd, record.position);
        writeVarint(to, record.ns);
        break;
      case "hash":
        head(code.hash, record.position);
        to.raw(record.hash);
        break;
      case "complete":
        head(code.complete, record.position);
        break;
      case "end":
        head(code.end, record.position);
        to.u8(endReasons.indexOf(record.reason));
        break;
      case "name":
        to.u8(code.name);
        writeVarint(to, record.position);
        writeVarint(to, record.virtualNs);
        writeBlob(to, new TextEncoder().encode(record.name));
        break;
      case "forget":
        to.u8(code.forget);
        writeBlob(to, new TextEncoder().encode(record.name));
        break;
    }
  }
}

function encodeInput(
  input: Input,
  position: number,
  head: (kind: number, position: number) => void,
  to: ByteWriter,
): void {
  switch (input.kind) {
    case "arrival":
      head(code.arrival, position);
      writeVarint(to, input.port);
      writeBlob(to, input.bytes);
      break;
    case "break":
      head(code.arrivalBreak, position);
      writeVarint(to, input.port);
      break;
    case "reset":
      head(code.reset, position);
      break;
    case "quit":
      head(code.quit, position);
      break;
    case "wake":
      head(code.wake, position);
      break;
    case "write-memory":
      head(code.writeMemory, position);
      writeVarint(to, input.physicalAddress);
      writeBlob(to, input.bytes);
      break;
    case "write-register":
      head(code.writeRegister, position);
      writeVarint(to, input.register);
      writeBlob(to, input.bytes);
      break;
    case "read-port":
      head(code.readPort, position);
      to.u8(input.size);
      writeVarint(to, input.port);
      break;
    case "write-port":
      head(code.writePort, position);
      to.u8(input.size);
      writeVarint(to, input.port);
      writeVarint(to, input.value);
      break;
  }
}

/** The records of one chunk. Throws a UserError on anything that `encodeRecords` does not write. */
export function decodeRecords(from: ByteReader): LogRecord[] {
  const records: LogRecord[] = [];
  let position = 0;
  while (from.remaining > 0) {
    const kind = from.u8();
    if (kind !== code.name && kind !== code.forget) {
      position += readVarint(from);
      if (!Number.isSafeInteger(position)) throw new UserError("position out of range");
    }
    records.push(decodeRecord(kind, position, from));
  }
  return records;
}

function decodeRecord(kind: number, position: number, from: ByteReader): LogRecord {
  const input = (value: Input): LogRecord => ({ kind: "input", position, input: value });
  switch (kind) {
    case code.entropy:
      return { kind: "entropy", position, bytes: readBlob(from) };
    case code.realTime:
      return { kind: "realTime", position, seconds: readVarint(from) };
    case code.arrival:
      return input({ kind: "arrival", port: readVarint(from), bytes: readBlob(from) });
    case code.arrivalBreak:
      return input({ kind: "break", port: readVarint(from) });
    case code.reset:
      return input({ kind: "reset" });
    case code.quit:
      return input({ kind: "quit" });
    case code.wake:
      return input({ kind: "wake" });
    case code.writeMemory:
      return input({ kind: "write-memory", physicalAddress: readVarint(from), bytes: readBlob(from) });
    case code.writeRegister:
      return input({ kind: "write-register", register: readVarint(from), bytes: readBlob(from) });
    case code.readPort:
      return input({ kind: "read-port", ...readPort(from) });
    case code.writePort: {
      const access = readPort(from);
      const value = readVarint(from);
      if (value >= 2 ** (8 * access.size)) throw new UserError("a value that is too large for its port");
      return input({ kind: "write-port", ...access, value });
    }
    case code.idleEnd:
      return { kind: "idleEnd", position, ns: readVarint(from) };
    case code.hash:
      return { kind: "hash", position, hash: from.raw(16) };
    case code.complete:
      return { kind: "complete", position };
    case code.end: {
      const reason = endReasons[from.u8()];
      if (!reason) throw new UserError("unknown reason of the end");
      return { kind: "end", position, reason };
    }
    case code.name:
      return { kind: "name", position: readVarint(from), virtualNs: readVarint(from), name: readText(from) };
    case code.forget:
      return { kind: "forget", name: readText(from) };
    default:
      throw new UserError(`unknown record ${kind}`);
  }
}

/** The size of an access as a byte, then the port. */
function readPort(from: ByteReader): { port: number; size: PortSize } {
  const bytes = from.u8();
  const size = portSizes.find((each) => each === bytes);
  if (!size) throw new UserError(`an access to a port of ${bytes} bytes`);
  const port = readVarint(from);
  if (port >= PORTS) throw new UserError(`no port has the number ${port}`);
  return { port, size };
}

function writeBlob(to: ByteWriter, bytes: Uint8Array): void {
  writeVarint(to, bytes.length);
  to.raw(bytes);
}

function readBlob(from: ByteReader): Uint8Array {
  return from.raw(readVarint(from));
}

function readText(from: ByteReader): string {
  return new TextDecoder().decode(readBlob(from));
}
