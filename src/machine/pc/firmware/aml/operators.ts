import { type Aml, EXTENDED } from "./encoding.ts";
import { nameString } from "./names.ts";
import { type Operand, operand } from "./operand.ts";

/** A method's variables and arguments, by number. */
export const local = (number: number): Aml => [0x60 + number];
export const arg = (number: number): Aml => [0x68 + number];

/** Where no result is kept. */
const NOWHERE: Aml = [0];

type Unary = (value: Operand) => Aml;
type Binary = (left: Operand, right: Operand) => Aml;
/** Its result is its value, and is kept in a target, too. */
type BinaryTo = (left: Operand, right: Operand, target?: Operand) => Aml;

const unary =
  (...opcode: readonly number[]): Unary =>
  (value) => [...opcode, ...operand(value)];
const binary =
  (...opcode: readonly number[]): Binary =>
  (left, right) => [...opcode, ...operand(left), ...operand(right)];
const binaryTo =
  (opcode: number): BinaryTo =>
  (left, right, target = NOWHERE) => [opcode, ...operand(left), ...operand(right), ...operand(target)];

export const add = binaryTo(0x72);
export const subtract = binaryTo(0x74);
export const shiftLeft = binaryTo(0x79);
export const shiftRight = binaryTo(0x7a);
export const and = binaryTo(0x7b);
export const or = binaryTo(0x7d);
/** An element of a package or a buffer, as a reference. */
export const index = binaryTo(0x88);

export const both = binary(0x90);
export const either = binary(0x91);
export const equal = binary(0x93);
export const greater = binary(0x94);
export const less = binary(0x95);
export const not = unary(0x92);

export const increment = unary(0x75);
export const dereference = unary(0x83);
export const sizeOf = unary(0x87);
const conversion =
  (opcode: number) =>
  (value: Operand, target: Operand): Aml => [opcode, ...operand(value), ...operand(target)];
export const toBuffer = conversion(0x96);
export const toHexString = conversion(0x98);

/** A value into a variable, a field or an element. */
export const store = binary(0x70);
export const notify = binary(0x86);

export const acquire = (mutex: string): Aml => [EXTENDED, 0x23, ...nameString(mutex), 0xff, 0xff];
export const release = (mutex: string): Aml => [EXTENDED, 0x27, ...nameString(mutex)];
/** What is stored here is shown by a debugger of the operating system. */
export const debug: Aml = [EXTENDED, 0x31];

export const call = (method: string, ...args: readonly Operand[]): Aml => [
  ...nameString(method),
  ...args.flatMap(operand),
];
