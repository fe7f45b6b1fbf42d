import type { DebugView } from "../index.ts";
import { DESC } from "./descriptors.ts";
import { CODE_16, CODE_32, CODE_32_FLAT, CODE_64 } from "./modes.ts";
import { CS, DS, EFLAGS, ES, FLAG_BITS, LDTR, SS, state, type SystemSlot, systemSlot } from "./state.ts";
import { CR0, CR4, EFER } from "./system-state.ts";

/** What debuggers read and write of the state, as the instructions do it, but that nothing faults. */

const LOW = 0xffff_ffffn;
const bit = (number: number): bigint => 1n << BigInt(number);

export const readSlot = (view: DebugView, slot: SystemSlot): bigint => view.read(state.system, systemSlot[slot]);
export const writeSlot = (view: DebugView, slot: SystemSlot, value: bigint): void =>
  view.write(state.system, value, systemSlot[slot]);

export const protectedNow = (view: DebugView): boolean => (readSlot(view, "CR0") & bit(CR0.PE)) !== 0n;
export const longNow = (view: DebugView): boolean => (readSlot(view, "EFER") & bit(EFER.LMA)) !== 0n;
export const codeIs64 = (view: DebugView): boolean => Number(view.read(state.mode)) === CODE_64;
export const virtual86Now = (view: DebugView): boolean => (view.read(state.eflags) & bit(EFLAGS.VM)) !== 0n;

export function readFlags(view: DebugView): bigint {
  return FLAG_BITS.reduce(
    (all, at, n) => all | (view.read(state.flags, n) << BigInt(at)),
    view.read(state.eflags) | 2n,
  );
}
const KEPT = Object.values(EFLAGS).reduce((all, at) => all | bit(at), bit(EFLAGS.IOPL + 1));
export function writeFlags(view: DebugView, value: bigint): void {
  FLAG_BITS.forEach((at, n) => view.write(state.flags, (value >> BigInt(at)) & 1n, n));
  view.write(state.eflags, value & KEPT);
}

/** RIP, EIP or IP: an offset in the code segment. */
export function readIp(view: DebugView): bigint {
  const linear = view.read(state.pc);
  return codeIs64(view) ? linear : (linear - view.read(state.segmentBase, CS)) & LOW;
}
export function writeIp(view: DebugView, ip: bigint): void {
  view.write(state.pc, codeIs64(view) ? ip : (ip + view.read(state.segmentBase, CS)) & LOW);
}

/** The mode of code follows from the segments and from EFER; RIP stays what it is. */
function keepingIp(view: DebugView, change: () => void): void {
  const ip = readIp(view);
  change();
  const attributes = (segment: number, flag: number): boolean =>
    (view.read(state.segmentAttributes, segment) & BigInt(flag)) !== 0n;
  const flat = [CS, DS, ES, SS].every((segment) => view.read(state.segmentBase, segment) === 0n);
  const legacy = !attributes(CS, DESC.B) ? CODE_16 : flat && attributes(SS, DESC.B) ? CODE_32_FLAT : CODE_32;
  view.write(state.mode, BigInt(attributes(CS, DESC.L) && longNow(view) ? CODE_64 : legacy));
  writeIp(view, ip);
}

/** As a load of it, but that rights are not looked at; a selector of no descriptor leaves the register as it is. */
export function writeSelector(view: DebugView, segment: number, selector: bigint): void {
  if (view.read(state.selector, segment) === selector) return;
  keepingIp(view, () => {
    if (!protectedNow(view) || virtual86Now(view)) {
      const dpl = virtual86Now(view) ? 3n << 13n : 0n;
      const attributes = BigInt(DESC.P | DESC.S | DESC.RW | DESC.A) | dpl;
      writeSegment(view, segment, selector, { base: selector << 4n, limit: 0xffffn, attributes });
      return;
    }
    const descriptor = readDescriptor(view, selector);
    if (descriptor !== undefined) writeSegment(view, segment, selector, descriptor);
  });
}

interface Hidden {
  readonly base: bigint;
  readonly limit: bigint;
  readonly attributes: bigint;
}

function writeSegment(view: DebugView, segment: number, selector: bigint, { base, limit, attributes }: Hidden): void {
  view.write(state.selector, selector, segment);
  view.write(state.segmentBase, base, segment);
  view.write(state.segmentLimit, limit, segment);
  view.write(state.segmentAttributes, attributes, segment);
  if (segment === SS) view.write(state.privilege, (attributes >> 13n) & 3n);
}

/** undefined where there is none. A null selector is one of nothing. */
function readDescriptor(view: DebugView, selector: bigint): Hidden | undefined {
  if (selector >> 2n === 0n) return { base: 0n, limit: 0n, attributes: 0n };
  const local = (selector & 4n) !== 0n;
  const table = local ? view.read(state.segmentBase, LDTR) : readSlot(view, "GDT_BASE");
  const tableLimit = local ? view.read(state.segmentLimit, LDTR) : readSlot(view, "GDT_LIMIT");
  const index = selector & 0xfff8n;
  if (index + 7n > tableLimit) return undefined;
  const bytes = view.readVirtual(table + index, 8);
  if (!bytes) return undefined;
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const high = value >> 32n;
  const plain = (value & 0xffffn) | (high & 0xf_0000n);
  const limit = high & BigInt(DESC.G) ? (plain << 12n) | 0xfffn : plain;
  const base = ((value >> 16n) & 0xff_ffffn) | ((value >> 56n) << 24n);
  return { base, limit, attributes: high & 0xf0_ff00n };
}

/** Long mode follows from CR0. */
export function writeCr0(view: DebugView, value: bigint): void {
  keepingIp(view, () => {
    const was = readSlot(view, "CR0") & bit(CR0.PG);
    const efer = readSlot(view, "EFER");
    if (value & bit(CR0.PG)) {
      const enters = was === 0n && (efer & bit(EFER.LME)) !== 0n;
      if (enters && (readSlot(view, "CR4") & bit(CR4.PAE)) === 0n) return;
      if (enters) writeSlot(view, "EFER", efer | bit(EFER.LMA));
    } else writeSlot(view, "EFER", efer & ~bit(EFER.LMA));
    writeSlot(view, "CR0", (value & LOW) | bit(CR0.ET));
  });
}
export function writeEfer(view: DebugView, value: bigint): void {
  const known = bit(EFER.SCE) | bit(EFER.LME) | bit(EFER.LMA) | bit(EFER.NXE);
  keepingIp(view, () => writeSlot(view, "EFER", value & known));
}
