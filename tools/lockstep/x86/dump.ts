import type { Dumps } from "../kind.ts";
import { EFLAGS, FIRST_SELECTOR, registers, RIP, SELECTORS } from "./registers.ts";

/** A dump has more lines: these are of descriptor tables and control registers. */
const LAST = "\nGS =";
const LONGEST_LINE = 100;

/** Dumps of `-d cpu`, of 64-bit code (RAX=, 16 digits) and of other code (EAX=, 8 digits). */
export class X86Dumps implements Dumps {
  private rest = "";
  private readonly state = new BigUint64Array(registers.names.length);

  push(chunk: Buffer, onState: (state: BigUint64Array) => boolean): boolean {
    const text = this.rest + chunk.toString("latin1");
    let done = 0;
    for (;;) {
      const at = text.indexOf("AX=", done);
      const last = at < 0 ? -1 : text.indexOf(LAST, at);
      if (last < 0 || last + LONGEST_LINE > text.length) break;
      this.parse(text.slice(at - 1, last + LONGEST_LINE));
      done = last + 1;
      if (!onState(this.state)) return false;
    }
    this.rest = text.slice(Math.max(done - 1, 0));
    return true;
  }

  private parse(text: string): void {
    const long = text.startsWith("R");
    const digits = long ? 16 : 8;
    const value = (at: number, count = digits): bigint => BigInt(`0x${text.slice(at, at + count)}`);
    // Four to a line, each with a name of three letters and an equals sign.
    const width = digits + 5;
    const general = long ? 16 : 8;
    for (let n = 0; n < 16; n++) this.state[n] = n < general ? value(4 + n * width) : 0n;
    this.state[RIP] = value(4 + general * width);
    this.state[EFLAGS] = value(4 + general * width + width, 8);
    SELECTORS.forEach((name, n) => {
      const line = `\n${name.toUpperCase()} =`;
      this.state[FIRST_SELECTOR + n] = value(text.indexOf(line) + line.length, 4);
    });
  }
}
