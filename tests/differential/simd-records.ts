/**
 * Cases of FP and SIMD rows: the state that an instruction starts from and, afterwards, what became of it. Records lie one
 * behind the other, equal on both sides: V0 to V31, X0 to X27, SP, NZCV, FPSR, FPCR, the address of the instruction, then
 * memory of the case's own. All numbers are bytes.
 */
export const record = {
  v: 0,
  x: 512,
  sp: 736,
  nzcv: 744,
  fpsr: 748,
  fpcr: 752,
  instruction: 756,
  memory: 768,
  bytes: 1280,
} as const;

/** General registers that a case may use; the program in the oracle keeps X28 to X30. */
export const CASE_REGISTERS = 28;
export const MEMORY_BYTES = record.bytes - record.memory;

/** Where the records begin, for the instructions under test. */
export const RECORDS = 0x10000000;
/** Where the instructions stand: each, and one that leads back. */
export const INSTRUCTIONS = 0x800000;
export const INSTRUCTION_BYTES = 8;

/** Many cases at once. */
export class Records {
  readonly bytes: Uint8Array;
  readonly ints: Int32Array;
  /** The instruction words, by case. */
  readonly words: Uint32Array;
  count = 0;

  constructor(readonly capacity: number) {
    this.bytes = new Uint8Array(capacity * record.bytes);
    this.ints = new Int32Array(this.bytes.buffer);
    this.words = new Uint32Array(capacity);
  }
}
