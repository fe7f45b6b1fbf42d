import type { Emitter, Routine, Value } from "../index.ts";
import { LDTR, SS, state } from "./state.ts";
import { readSystem, setPrivilege } from "./system-state.ts";

/** Bits of a descriptor's second doubleword. Volume 3, 3.4.5. */
export const DESC = {
  /** Of data and code segments. */
  ...{ A: 1 << 8, RW: 1 << 9, C: 1 << 10, CODE: 1 << 11, S: 1 << 12 },
  /** Of a task's state: it is in use. */
  BUSY: 1 << 9,
  ...{ P: 1 << 15, L: 1 << 21, B: 1 << 22, G: 1 << 23 },
} as const;
const DPL = 13;
/** Those that `segmentAttributes` keeps. */
const ATTRIBUTES = 0x00f0_ff00;

/** A descriptor (i64) of a table, or what there is of it. */
export class Descriptor {
  constructor(
    private readonly e: Emitter,
    readonly value: Value,
  ) {}

  /** The second doubleword. */
  get high(): Value {
    return this.e.wrap(this.e.shrU(64, this.value, 32));
  }
  /** Not 0 if any of these bits is set. */
  has(bits: number): Value {
    return this.e.and(32, this.high, this.e.i32(bits));
  }
  lacks(bits: number): Value {
    return this.e.eqz(32, this.has(bits));
  }
  /** Which kind it is, if not a code or data segment; bit 4 if it is. */
  get type(): Value {
    return this.e.and(32, this.e.shrU(32, this.high, 8), this.e.i32(31));
  }
  get dpl(): Value {
    return dplOf(this.e, this.high);
  }
  get base(): Value {
    const { e, value } = this;
    const top = e.shl(64, e.shrU(64, value, 56), 24);
    return e.or(64, e.and(64, e.shrU(64, value, 16), e.i64(0xff_ffff)), top);
  }
  get limit(): Value {
    const { e, value } = this;
    const plain = e.or(32, e.and(32, e.wrap(value), e.i32(0xffff)), this.has(0xf_0000));
    return e.select(this.has(DESC.G), e.or(32, e.shl(32, plain, 12), e.i32(0xfff)), plain);
  }
  get attributes(): Value {
    return this.has(ATTRIBUTES);
  }
  // Of gates
  get selector(): Value {
    return this.e.and(32, this.e.shrU(32, this.e.wrap(this.value), 16), this.e.i32(0xffff));
  }
  get offset(): Value {
    return this.e.or(32, this.has(0xffff_0000 | 0), this.e.and(32, this.e.wrap(this.value), this.e.i32(0xffff)));
  }
}

export const dplOf = (e: Emitter, attributes: Value): Value => e.and(32, e.shrU(32, attributes, DPL), e.i32(3));
/** A selector as error codes have it. */
export const asError = (e: Emitter, selector: Value): Value => e.and(32, selector, e.i32(0xfffc));
export const isNull = (e: Emitter, selector: Value): Value => e.eqz(32, asError(e, selector));
export const rplOf = (e: Emitter, selector: Value): Value => e.and(32, selector, e.i32(3));
/** With another requested privilege. */
export const withRpl = (e: Emitter, selector: Value, level: Value): Value => e.or(32, asError(e, selector), level);

/** Linear address (i64) of the descriptor that a selector names; -1 where its table ends before. */
export const descriptorAddress: Routine<Emitter> = {
  name: "descriptorAddress",
  params: ["i32", "i32"],
  result: "i64",
  body(e, selector, bytes) {
    const local = e.and(32, selector!, e.i32(4));
    const base = e.select(local, e.read(state.segmentBase, LDTR), readSystem(e, "GDT_BASE"));
    const limit = e.select(local, e.read(state.segmentLimit, LDTR), e.wrap(readSystem(e, "GDT_LIMIT")));
    const index = e.and(32, selector!, e.i32(0xfff8));
    const last = e.sub(32, e.add(32, index, bytes!), e.i32(1));
    e.if(e.op("i32.gt_u", last, limit), () => e.return(e.i64(-1)));
    return e.add(64, base, e.zeroExtend(64, index));
  },
};

/** The descriptor that a selector names; 0, which is none, where its table ends before. */
export const readDescriptor: Routine<Emitter> = {
  name: "readDescriptor",
  params: ["i32"],
  result: "i64",
  accesses: true,
  body(e, selector) {
    const address = e.call(descriptorAddress, selector!, e.i32(8));
    e.if(e.eq(64, address, e.i64(-1)), () => e.return(e.i64(0)));
    return e.load(64, address);
  },
};
export const descriptorOf = (e: Emitter, selector: Value): Descriptor =>
  new Descriptor(e, e.call(readDescriptor, selector));

/** Loads a segment register, the hidden part too; the code's privilege is that of the stack. */
export function setSegment(
  e: Emitter,
  segment: number | Value,
  selector: Value,
  { base, limit, attributes }: Pick<Descriptor, "base" | "limit" | "attributes">,
): void {
  e.write(state.selector, selector, segment);
  e.write(state.segmentBase, base, segment);
  e.write(state.segmentLimit, limit, segment);
  e.write(state.segmentAttributes, attributes, segment);
  if (segment === SS) setPrivilege(e, dplOf(e, attributes));
}

const REAL_ATTRIBUTES = DESC.P | DESC.S | DESC.RW | DESC.A;
/** As virtual-8086 mode has them. */
export function setSegment86(e: Emitter, segment: number, selector: Value): void {
  const base = e.shl(64, e.zeroExtend(64, selector), 4);
  const attributes = e.i32(REAL_ATTRIBUTES | (3 << DPL));
  setSegment(e, segment, selector, { base, limit: e.i32(0xffff), attributes });
}
/** As real mode does: the rest stays what it was. */
export function setRealSegment(e: Emitter, segment: number | Value, selector: Value): void {
  e.write(state.selector, selector, segment);
  e.write(state.segmentBase, e.shl(64, e.zeroExtend(64, selector), 4), segment);
}
export function setNullSegment(e: Emitter, segment: number | Value, selector: Value, attributes: Value): void {
  const nothing = { base: e.i64(0), limit: e.i32(0), attributes };
  setSegment(e, segment, selector, nothing);
}
