import fc from "fast-check";
import { op } from "./byte-cpu.ts";

/** Numbers of which a statement makes what it needs. */
export interface Statement {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
}

/** Statements that are repeated, in one of the modes. */
export interface Loop {
  readonly mode: number;
  readonly rounds: number;
  /** Where in its page it begins. */
  readonly place: number;
  /** Whether the way back leads into the middle of its first instruction. */
  readonly overlaps: boolean;
  readonly body: readonly Statement[];
}

const number = fc.nat(255);
const statement: fc.Arbitrary<Statement> = fc.record({ kind: fc.nat(999), a: number, b: number });
export const loop: fc.Arbitrary<Loop> = fc.record({
  mode: fc.nat(1),
  rounds: fc.integer({ min: 2, max: 40 }),
  place: fc.nat(4095),
  overlaps: fc.boolean(),
  body: fc.array(statement, { minLength: 1, maxLength: 9, size: "max" }),
});

/** r3 counts rounds, r5 is -1, r6 leads to the next loop, r7 is the stack's, r2 points to data, r1 counts what is filled. */
const FILLED = 1;
export const [DATA_POINTER, COUNTER, MINUS_ONE, NEXT_LOOP, STACK] = [2, 3, 5, 6, 7];
const scratch = (number: number): number => (number % 2) * 4;
const anyRegister = (number: number): number => number % 8;
const ALWAYS = 4;

/** Bytes of a place's instructions in a mode. */
class Assembler {
  constructor(readonly mode: number) {}

  immediate(value: number): number[] {
    return this.mode === 0 ? [value & 0xff] : [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
  }
  li(r: number, value: number): number[] {
    return [op("LI", r), ...this.immediate(value)];
  }
  branch(name: "BCC" | "CALL", cc: number, displacement: number): number[] {
    return [op(name, cc), ...this.immediate(displacement)];
  }
  get branchBytes(): number {
    return this.branch("BCC", 0, 0).length;
  }

  /** The first of these whose share of a thousand has been reached. */
  statement({ kind, a, b }: Statement): number[] {
    let left = kind;
    for (const [share, make] of this.kinds) if ((left -= share) < 0) return make(a, b);
    return [];
  }

  private readonly kinds: readonly (readonly [number, (a: number, b: number) => number[]])[] = [
    [150, (a) => [op("INC", scratch(a))]],
    [80, (a, b) => this.li(scratch(a), b)],
    [80, (a, b) => [op("ADD", scratch(a)), anyRegister(b)]],
    [60, (a, b) => [op("CMP", scratch(a)), anyRegister(b)]],
    [90, (a, b) => [op("LOAD", scratch(a)), (b & 0xc0) | DATA_POINTER, b]],
    [90, (a, b) => [op("STORE", scratch(a)), (b & 0xc0) | DATA_POINTER, a]],
    [60, (a, b) => [op("PUSH", anyRegister(a)), op("POP", scratch(b))]],
    [40, (a, b) => [op("MOVB"), (scratch(a) ? 0 : a & 4) | (b & 0x38)]],
    [30, (a, b) => [op("MOVW", scratch(a)), anyRegister(b)]],
    [30, (a, b) => [op("MIX", scratch(a)), anyRegister(b)]],
    [30, (a) => [...this.li(FILLED, a % 6), op("FILL")]],
    [80, (a, b) => this.skip(a, Array<number>(1 + (b % 3)).fill(op("INC", scratch(b))))],
    // Over the first byte of an instruction: its immediate is what runs.
    [40, (a) => [...this.branch("BCC", a % 4, 1), ...this.increments(0)]],
    [40, (a, b) => this.call(Array<number>(1 + (a % 2)).fill(op("INC", scratch(b))))],
    [15, (a, b) => this.otherMode({ kind: (kindOf(a) + b) % 240, a, b })],
    [10, (a, b) => [op("PUSH2", anyRegister(a)), anyRegister(b), op("POP", 0), op("POP", 4)]],
    [10, (a, b) => this.patch(a, b)],
    [10, (a) => [op("TIME", scratch(a))]],
    [4, (a, b) => [op("IN", scratch(a)), b & 0x7f]],
    [4, (a, b) => [op("OUT", anyRegister(a)), b & 0x7f]],
    [3, (a) => [op("ENABLE", a % 2)]],
    [1, () => [op("HALT")]],
    [1, (a) => [...this.li(4, this.mode === 0 || a < 128 ? 0 : 0x10000), op("TABLE", 4)]],
    [4, (a, b) => [a, b]],
    [3, (a) => [op("JUMP", NEXT_LOOP + (a % 2))]],
  ];

  private skip(cc: number, over: readonly number[]): number[] {
    return [...this.branch("BCC", cc % 5, over.length), ...over];
  }
  /** An instruction whose immediate is instructions itself. */
  increments(r: number): number[] {
    return [op("LI", FILLED), ...Array<number>(this.branchBytes - 1).fill(op("INC", r))];
  }
  private call(body: readonly number[]): number[] {
    const routine = [...body, op("RET")];
    const back = -(routine.length + this.branchBytes);
    return [...this.skip(ALWAYS, routine), ...this.branch("CALL", 0, back)];
  }
  private otherMode(statement: Statement): number[] {
    const other = new Assembler(1 - this.mode);
    return [op("MODE", other.mode), ...other.statement(statement), op("MODE", this.mode)];
  }
  /** Reads code near itself and writes it back, at times as something else. */
  private patch(a: number, b: number): number[] {
    const change = b % 4 === 0 ? [op("INC", 0)] : [];
    const at = (a & 0x3f) - 0x20;
    const here = [...this.branch("CALL", 0, 0), op("POP", 4)];
    return [...here, op("LOAD", 0), 4, at & 0xff, ...change, op("STORE", 0), 4, at & 0xff];
  }
}

const kindOf = (a: number): number => (a * 31) % 240;

/** What stands at the loop's place. At its end it begins anew, or goes where r6 says. */
export function assemble({ mode, rounds, overlaps, body }: Loop): Uint8Array {
  const asm = new Assembler(mode);
  const first = asm.increments(0);
  const repeated = [...first, ...body.flatMap((one) => asm.statement(one))];
  repeated.push(op("ADD", COUNTER), MINUS_ONE);
  const back = repeated.length + asm.branchBytes;
  const bytes = [...asm.li(COUNTER, rounds), ...repeated, ...asm.branch("BCC", 1, (overlaps ? 1 : 0) - back)];
  if (rounds % 2) return Uint8Array.from([...bytes, op("JUMP", NEXT_LOOP)]);
  return Uint8Array.from([...bytes, ...asm.branch("BCC", ALWAYS, -(bytes.length + asm.branchBytes))]);
}
