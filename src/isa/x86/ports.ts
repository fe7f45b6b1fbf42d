import type { Emitter, PortBits, Routine, Value } from "../index.ts";
import type { X86 } from "./emitter.ts";
import { EXCEPTION } from "./exception-vectors.ts";
import { failIf } from "./exceptions.ts";
import { armed, portAccessed } from "./hardware-breakpoints.ts";
import { insn } from "./insn.ts";
import type { Size } from "./operands.ts";
import { RAX, RDI, RDX, RSI, state, TR } from "./state.ts";
import { advance, destination, repeated, source } from "./strings.ts";
import { asCode, asSupervisor, ioPrivilege, protectedMode, virtual86 } from "./system-state.ts";

/** (port, bytes) → i32: 1 where it took an exception: the task's map of ports does not allow it. Volume 1, 19.5.2. */
const checkPort: Routine<Emitter> = {
  name: "checkPort",
  params: ["i32", "i32"],
  result: "i32",
  accesses: true,
  body(e, port, bytes) {
    const refuse = (condition: Value): void => failIf(e, condition, EXCEPTION.GP, e.i32(0), e.i32(1));
    const attributes = e.read(state.segmentAttributes, TR);
    const limit = e.read(state.segmentLimit, TR);
    // A state of 32 bits, with room for where its map is.
    const usable = e.eq(32, e.and(32, attributes, e.i32(0x8d00)), e.i32(0x8900));
    refuse(e.or(32, e.eqz(32, usable), e.ltU(32, limit, e.i32(103))));
    asSupervisor(e);
    const base = e.read(state.segmentBase, TR);
    const at = e.add(32, e.load(16, e.add(64, base, e.i64(0x66))), e.shrU(32, port!, 3));
    refuse(e.op("i32.gt_u", e.add(32, at, e.i32(1)), limit));
    const map = e.load(16, e.add(64, base, e.zeroExtend(64, at)));
    const wanted = e.sub(32, e.shl(32, e.i32(1), bytes!), e.i32(1));
    refuse(e.and(32, e.shrU(32, map, e.and(32, port!, e.i32(7))), wanted));
    asCode(e);
    return e.i32(0);
  },
};

function requirePort(e: X86, port: Value, bits: PortBits): void {
  const outside = e.or(32, e.ltU(32, ioPrivilege(e), e.read(state.privilege)), virtual86(e));
  e.if(e.and(32, outside, protectedMode(e)), () => e.attempt(checkPort, port, e.i32(bits / 8)));
}

/** A breakpoint of the processor's own may watch it. */
function watchPort(e: X86, port: Value, bits: PortBits): void {
  e.if(armed(e), () => e.call(portAccessed, port, e.i32(bits / 8)));
}

const portBits = (size: Size): PortBits => (size === 64 ? 32 : size);
const dx = (e: X86): Value => e.reg(16, RDX);

/** The device is read when nothing faults any more. */
function input(e: X86, size: Size, port: Value): void {
  const bits = portBits(size);
  requirePort(e, port, bits);
  e.setReg(bits, RAX, e.portRead(bits, port));
  watchPort(e, port, bits);
}
function output(e: X86, size: Size, port: Value): void {
  const bits = portBits(size);
  requirePort(e, port, bits);
  e.portWrite(bits, port, e.reg(bits, RAX));
  watchPort(e, port, bits);
}

/** Volume 2: IN, OUT, INS, OUTS. */
export const ports = [
  insn("IN (immediate)", "E4+w ib", ["size"], (e, { size, imm }) => input(e, size, e.immediate(8, imm)), {
    asm: "in acc, imm",
  }),
  insn("IN", "EC+w", ["size"], (e, { size }) => input(e, size, dx(e)), { asm: "in acc, dx" }),
  insn("OUT (immediate)", "E6+w ib", ["size"], (e, { size, imm }) => output(e, size, e.immediate(8, imm)), {
    asm: "out imm, acc",
  }),
  insn("OUT", "EE+w", ["size"], (e, { size }) => output(e, size, dx(e)), { asm: "out dx, acc" }),
  insn(
    "INS",
    "6C+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        const bits = portBits(size);
        requirePort(e, dx(e), bits);
        // What the store may fault, it faults before the device is read.
        const to = destination(e, fields);
        e.store(bits, to, e.i32(0));
        e.store(bits, to, e.portRead(bits, dx(e)));
        watchPort(e, dx(e), bits);
        advance(e, bits, fields, RDI);
        return undefined;
      }),
    { asm: "ins di, dx" },
  ),
  insn(
    "OUTS",
    "6E+w as",
    ["size", "rep"],
    (e, { size, rep, ...fields }) =>
      repeated(e, rep, fields, () => {
        const bits = portBits(size);
        requirePort(e, dx(e), bits);
        e.portWrite(bits, dx(e), e.load(bits, source(e, fields)));
        watchPort(e, dx(e), bits);
        advance(e, bits, fields, RSI);
        return undefined;
      }),
    { asm: "outs dx, si" },
  ),
];
