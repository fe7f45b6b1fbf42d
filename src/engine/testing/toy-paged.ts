import {
  ACCESS_WRITE,
  type Emitter,
  type Guest,
  PAGE_FETCH,
  PAGE_READ,
  PAGE_WRITE,
  type Routine,
  rows,
  type Rows,
  type StateField,
} from "../../isa/index.ts";
import { type Toy, toy, toyState } from "./toy-guest.ts";

/** Bits of a page-table entry: present, writable, and what walks write to it: used, and used for a store. */
export const PRESENT = 1;
export const WRITABLE = 2;
export const ACCESSED = 32;
export const DIRTY = 64;

const { insn }: Rows<Toy> = rows<Toy>();

/** One level of page tables at the address in `table`, where each walk marks the entry that it used. */
export const markingWalk = <E extends Emitter>(table: StateField): Routine<E> => ({
  name: "translate",
  params: ["i64", "i32"],
  result: "i64",
  body(e, va, access) {
    const base = e.read(table);
    const page = e.and(64, va!, e.i64(-4096n));
    const all = e.i64(PAGE_READ | PAGE_WRITE | PAGE_FETCH);
    e.if(e.eqz(64, base), () => e.return(e.or(64, page, all)));
    const index = e.and(64, e.shrU(64, va!, 12), e.i64(511));
    const at = e.add(64, e.and(64, base, e.i64(-8)), e.shl(64, index, 3));
    const entry = e.loadDescriptor(at, page);
    const writes = e.ne(32, e.and(32, access!, e.i32(ACCESS_WRITE)), e.i32(0));
    const wanted = e.select(writes, e.i64(PRESENT | WRITABLE), e.i64(PRESENT));
    e.if(e.ne(64, e.and(64, entry, wanted), wanted), () => e.return(e.i64(-1)));
    const marked = e.or(64, entry, e.select(writes, e.i64(ACCESSED | DIRTY), e.i64(ACCESSED)));
    e.if(e.ne(64, marked, entry), () => e.storeDescriptor(64, at, marked, access!));
    return e.or(64, e.and(64, entry, e.i64(-4096n)), all);
  },
});

const translate = markingWalk<Toy>(toyState.table);

/** The toy with what x86 has and A64 has not: ports, and page walks that write. */
export const pagedToy: Guest<Toy> = {
  ...toy,
  name: "paged toy",
  ports: true,
  walkStores: true,
  instructions: [
    ...toy.instructions,
    insn("IN", "00010000 a:4 b:4 size:2 00000000000000", ["size"], (e, { a, b, size }) =>
      e.setReg(a, e.zeroExtend(64, e.portRead((8 << Math.min(size, 2)) as 8 | 16 | 32, e.wrap(e.reg(b))))),
    ),
    insn("OUT", "00010001 a:4 b:4 size:2 00000000000000", ["size"], (e, { a, b, size }) =>
      e.portWrite((8 << Math.min(size, 2)) as 8 | 16 | 32, e.wrap(e.reg(b)), e.wrap(e.reg(a))),
    ),
  ],
  routines: { ...toy.routines, translate },
};

/** Instruction words beside the toy's; `size`: log2 of the bytes. */
export const pagedAsm = {
  in: (a: number, b: number, size: number) => (0x10 << 24) | (a << 20) | (b << 16) | (size << 14),
  out: (a: number, b: number, size: number) => (0x11 << 24) | (a << 20) | (b << 16) | (size << 14),
};
