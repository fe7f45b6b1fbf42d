import {
  ACCESS_FETCH,
  ACCESS_WRITE,
  type Emitter,
  PAGE_FETCH,
  PAGE_READ,
  PAGE_WRITE,
  type Routine,
  type Value,
} from "../index.ts";
import { armed, watchedPage } from "./hardware-breakpoints.ts";
import { state } from "./state.ts";
import { canonical, CR0, CR4, EFER, longModeActive, readSystem, systemBit } from "./system-state.ts";

/** Bits of entries of page tables. Volume 3, 4.3 to 4.5. */
const [PRESENT, WRITABLE, USER, ACCESSED, DIRTY, LARGE] = [1n, 2n, 4n, 0x20n, 0x40n, 0x80n];
const NX = 1n << 63n;
/** Of a page fault's error code. */
const ERROR = { PRESENT: 1, WRITE: 2, USER: 4, RESERVED: 8, FETCH: 16 } as const;

const FRAME = 0x000f_ffff_ffff_f000n;
/** Above the 40 bits of a physical address of this core. */
const BEYOND = 0x000f_ff00_0000_0000n;
/** Bits 52 to 62 must be 0 outside long mode. */
const HIGH = 0x7ff0_0000_0000_0000n;

/** As GuestParts.routines.translate. Why there is no page stays in `walkError`. */
export const translate: Routine<Emitter> = {
  name: "translate",
  params: ["i64", "i32"],
  result: "i64",
  body(e, va, access) {
    const gate = e.select(e.read(state.a20), e.i64(-1), e.i64(~(1n << 20n)));
    const page = (address: Value, permissions: Value): void => {
      const found = e.or(64, e.and(64, e.and(64, address, gate), e.i64(FRAME)), e.zeroExtend(64, permissions));
      e.if(armed(e), () => e.return(e.or(64, found, e.zeroExtend(64, e.call(watchedPage, va!)))));
      e.return(found);
    };
    const walk = new Walk(e, va!, access!, gate, page);
    e.if(e.eqz(32, systemBit(e, "CR0", CR0.PG)), () => page(va!, e.i32(PAGE_READ | PAGE_WRITE | PAGE_FETCH)));
    e.if(systemBit(e, "CR4", CR4.PAE), () => walk.wide());
    walk.narrow();
    return e.i64(-1);
  },
};

/** Writes the function being defined: each way through it returns. */
class Walk {
  private readonly user: Value;
  private readonly writes: Value;
  private readonly fetches: Value;

  constructor(
    private readonly e: Emitter,
    private readonly va: Value,
    private readonly access: Value,
    private readonly gate: Value,
    private readonly page: (address: Value, permissions: Value) => void,
  ) {
    this.user = e.and(32, e.eq(32, e.read(state.privilege), e.i32(3)), e.eqz(32, e.read(state.supervisor)));
    this.writes = e.ne(32, e.and(32, access, e.i32(ACCESS_WRITE)), e.i32(0));
    this.fetches = e.ne(32, e.and(32, access, e.i32(ACCESS_FETCH)), e.i32(0));
  }

  /** PAE and long mode: entries of 64 bits. */
  wide(): void {
    const { e, va } = this;
    const noNx = e.select(systemBit(e, "EFER", EFER.NXE), e.i64(0), e.i64(NX));
    const reserved = e.variable(e.or(64, e.i64(BEYOND), noNx));
    const table = e.variable(readSystem(e, "CR3"));
    /** Of all levels: what they forbid. NX counts from one on, as it forbids; the others allow. */
    const rights = e.variable(e.i64(WRITABLE | USER));
    const forbidden = e.variable(e.i64(0));
    const next = (entry: Value, at: Value): void => {
      this.mark(64, at, entry, ACCESSED);
      e.set(rights, e.and(64, e.get(rights), entry));
      e.set(forbidden, e.or(64, e.get(forbidden), e.and(64, entry, e.i64(NX))));
      e.set(table, entry);
    };
    const leaf = (entry: Value, at: Value, offsetBits: number): void => {
      // Bit 12 of a large page is an attribute.
      const low = e.i64((1n << BigInt(offsetBits)) - 1n - (offsetBits > 12 ? 0x1fffn : 0xfffn));
      this.requireClear(entry, e.or(64, e.get(reserved), low));
      const executable = e.eqz(64, e.and(64, e.or(64, e.get(forbidden), entry), e.i64(NX)));
      this.leaf(64, entry, at, e.and(64, e.get(rights), entry), executable, entry, offsetBits);
    };
    const level = (shift: number, large: boolean): void => {
      const { entry, at } = this.entry(e.get(table), shift, e.i64(FRAME));
      if (!large) this.requireClear(entry, e.or(64, e.get(reserved), e.i64(shift === 39 ? LARGE : 0n)));
      else {
        this.requireClear(entry, e.get(reserved));
        e.if(e.ne(64, e.and(64, entry, e.i64(LARGE)), e.i64(0)), () => leaf(entry, at, shift));
      }
      next(entry, at);
    };

    e.if(
      longModeActive(e),
      () => {
        e.if(e.eqz(32, canonical(e, va)), () => {
          e.write(state.walkError, e.i32(-1));
          e.return(e.i64(-1));
        });
        level(39, false);
        level(30, true);
      },
      () => {
        // Four entries; that they are marked, too, is the reference's.
        const base = e.and(64, e.get(table), e.i64(0xffff_ffe0));
        const at = e.and(64, e.or(64, base, e.shl(64, e.and(64, e.shrU(64, va, 30), e.i64(3)), 3)), this.gate);
        const entry = e.loadDescriptor(at, e.i64(-1));
        this.requirePresent(entry);
        e.set(reserved, e.or(64, e.get(reserved), e.i64(HIGH)));
        this.requireClear(entry, e.or(64, e.get(reserved), e.i64(NX)));
        this.mark(64, at, entry, ACCESSED);
        e.set(table, entry);
      },
    );
    level(21, true);
    const { entry, at } = this.entry(e.get(table), 12, e.i64(FRAME));
    leaf(entry, at, 12);
  }

  /** Entries of 32 bits. */
  narrow(): void {
    const { e, va } = this;
    const load = (table: Value, shift: number): { entry: Value; at: Value } => {
      const index = e.and(64, e.shrU(64, va, shift), e.i64(0x3ff));
      const base = e.and(64, table, e.i64(0xffff_f000));
      const at = e.and(64, e.or(64, base, e.shl(64, index, 2)), this.gate);
      const both = e.loadDescriptor(at, e.i64(-1));
      const half = e.shl(64, e.and(64, at, e.i64(4)), 3);
      const entry = e.and(64, e.shrU(64, both, half), e.i64(0xffff_ffff));
      this.requirePresent(entry);
      return { entry, at };
    };
    const directory = load(readSystem(e, "CR3"), 22);
    const large = e.ne(64, e.and(64, directory.entry, e.i64(LARGE)), e.i64(0));
    e.if(e.and(32, large, systemBit(e, "CR4", CR4.PSE)), () => {
      const { entry, at } = directory;
      this.requireClear(entry, e.i64(1n << 21n));
      // Bits 13 to 20 are bits 32 to 39 of the address.
      const upper = e.shl(64, e.and(64, entry, e.i64(0x1f_e000)), 19);
      const frame = e.or(64, e.and(64, entry, e.i64(0xffc0_0000)), upper);
      this.leaf(32, entry, at, entry, e.i32(1), frame, 22);
    });
    this.mark(32, directory.at, directory.entry, ACCESSED);
    const { entry, at } = load(directory.entry, 12);
    this.leaf(32, entry, at, e.and(64, entry, directory.entry), e.i32(1), entry, 12);
  }

  private entry(table: Value, shift: number, frame: Value): { entry: Value; at: Value } {
    const { e, va } = this;
    const index = e.shl(64, e.and(64, e.shrU(64, va, shift), e.i64(0x1ff)), 3);
    const at = e.and(64, e.or(64, e.and(64, table, frame), index), this.gate);
    const entry = e.loadDescriptor(at, shift === 12 ? e.and(64, va, e.i64(-4096)) : e.i64(-1));
    this.requirePresent(entry);
    return { entry, at };
  }

  /** The last entry: whether it allows the access, what it is marked with, where the page is. */
  private leaf(
    bits: 32 | 64,
    entry: Value,
    at: Value,
    rights: Value,
    executable: Value,
    frame: Value,
    offsetBits: number,
  ): void {
    const { e, va, user, writes, fetches } = this;
    const has = (bit: bigint): Value => e.ne(64, e.and(64, rights, e.i64(bit)), e.i64(0));
    const reachable = e.or(32, e.eqz(32, user), has(USER));
    // CR0.WP protects from the supervisor, too.
    const protects = e.or(32, user, systemBit(e, "CR0", CR0.WP));
    const writable = e.or(32, has(WRITABLE), e.eqz(32, protects));
    const allowed = e.select(writes, writable, e.select(fetches, executable, e.i32(1)));
    e.if(e.eqz(32, e.and(32, reachable, allowed)), () => this.fail(e.i32(ERROR.PRESENT)));
    e.if(
      writes,
      () => this.mark(bits, at, entry, ACCESSED | DIRTY),
      () => this.mark(bits, at, entry, ACCESSED),
    );
    const permissions = e.or(
      32,
      e.i32(PAGE_READ),
      e.or(32, e.mul(32, writable, e.i32(PAGE_WRITE)), e.mul(32, executable, e.i32(PAGE_FETCH))),
    );
    const inside = e.i64((1n << BigInt(offsetBits)) - 1n);
    const address = e.or(64, e.and(64, frame, e.not(64, inside)), e.and(64, va, inside));
    this.page(address, permissions);
  }

  private mark(bits: 32 | 64, at: Value, entry: Value, marks: bigint): void {
    const { e } = this;
    const marked = e.or(64, entry, e.i64(marks));
    e.if(e.ne(64, marked, entry), () => e.storeDescriptor(bits, at, marked, this.access));
  }

  private requirePresent(entry: Value): void {
    const { e } = this;
    e.if(e.eqz(64, e.and(64, entry, e.i64(PRESENT))), () => this.fail(e.i32(0)));
  }
  /** The reference does not say PRESENT with it. */
  private requireClear(entry: Value, bits: Value): void {
    const { e } = this;
    e.if(e.ne(64, e.and(64, entry, bits), e.i64(0)), () => this.fail(e.i32(ERROR.RESERVED)));
  }
  private fail(cause: Value): void {
    const { e, user, writes, fetches } = this;
    // A fetch is told only where pages may forbid it.
    const told = e.and(32, fetches, systemBit(e, "EFER", EFER.NXE));
    const bits: readonly (readonly [Value, number])[] = [
      [writes, ERROR.WRITE],
      [user, ERROR.USER],
      [told, ERROR.FETCH],
    ];
    const error = bits.reduce((all, [set, bit]) => e.or(32, all, e.mul(32, set, e.i32(bit))), cause);
    e.write(state.walkError, error);
    e.return(e.i64(-1));
  }
}
