import type { Dumps } from "../kind.ts";
import { PC, PSTATE, registers, SP } from "./registers.ts";

const REGISTERS = registers.names.length;

/** Bytes of QEMU's register dump (`-d cpu`) of one AArch64 CPU: eleven lines of three registers, one of PSTATE. */
const LINE = 63;
const RECORD = 11 * LINE + 26;
/** Columns of the values in a line. */
const COLUMNS = [4, 25, 46];

/** Where each register's hexadecimal digits begin, by register; PSTATE has 8, the others 16. */
const places = new Int32Array(REGISTERS);
const order = [PC, ...Array.from({ length: 31 }, (_, n) => n), SP];
order.forEach((register, i) => (places[register] = Math.floor(i / 3) * LINE + COLUMNS[i % 3]!));
places[PSTATE] = 11 * LINE + 7;

const digits = new Uint8Array(256);
for (let n = 0; n < 16; n++) digits[n.toString(16).charCodeAt(0)] = n;

const start = Buffer.from(" PC=");

/** Dumps of lines of one length. */
export class Arm64Dumps implements Dumps {
  private rest: Buffer = Buffer.alloc(0);
  private readonly state = new BigUint64Array(REGISTERS);
  private readonly words = new Uint32Array(this.state.buffer);

  push(chunk: Buffer, onState: (state: BigUint64Array) => boolean): boolean {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = bytes.indexOf(start);
    while (at >= 0 && at + RECORD <= bytes.length) {
      for (let register = 0; register < REGISTERS; register++) this.parse(bytes, at + places[register]!, register);
      if (!onState(this.state)) return false;
      at = bytes.indexOf(start, at + RECORD);
    }
    this.rest = at < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
    return true;
  }

  private parse(bytes: Buffer, at: number, register: number): void {
    const short = register === PSTATE;
    this.words[2 * register + 1] = short ? 0 : word(bytes, at);
    this.words[2 * register] = word(bytes, short ? at : at + 8);
  }
}

function word(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) value = (value << 4) | digits[bytes[i]!]!;
  return value;
}
