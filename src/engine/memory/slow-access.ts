import {
  ACCESS_PEEK,
  ACCESS_UNIT_LSB,
  ACCESS_WRITE,
  type Emitter,
  PAGE_ALIGNED,
  PAGE_SLOW,
  type Value,
} from "../../isa/index.ts";
import { ENGINE, FAULT_EXCEPTION, FAULT_NONE, FAULT_WATCH, RAM } from "../layout.ts";
import type { RoutineLowering } from "../interpreter/routine-lowering.ts";
import type { Runtime } from "../interpreter/runtime.ts";
import { isMemory, type MapAccess, physicalPage } from "./physical-map.ts";

export interface Checked {
  /** Physical address of the access. */
  readonly pa: Value;
  /** Not zero when the page's accesses must be looked at one by one. */
  readonly looked: Value;
}

/** What slow loads and slow stores share. Each method adds code to the function being defined. */
export class SlowAccess {
  constructor(
    private readonly r: Runtime,
    private readonly e: Emitter,
    private readonly low: RoutineLowering,
  ) {}

  private fail(kind: number): void {
    const { e, low } = this;
    low.poke32(ENGINE.fault, kind);
    if (this.r.resultType === "i64") e.return(e.i64(0));
    else e.return();
  }

  /** Translates; leaves the function when the access faults, is misaligned where that matters, or is watched. */
  checked(va: Value, bytes: Value, access: Value): Checked {
    this.askBefore(va, bytes, access);
    const checked = this.translated(va, bytes, access);
    this.ask(va, bytes, access, checked.looked);
    return checked;
  }

  private translated(va: Value, bytes: Value, access: Value): Checked {
    const { e, low } = this;
    const { abort, alignmentAbort, checksAlignment, translate } = this.r.guest.routines;
    low.callFunction("touch", undefined, va, e.and(32, access, e.i32(ACCESS_WRITE)));
    if (checksAlignment) {
      const offUnit = e.and(32, e.wrap(va), e.sub(32, this.unit(bytes, access), e.i32(1)));
      e.if(offUnit, () =>
        e.if(e.call(checksAlignment), () => {
          e.call(alignmentAbort, va, access);
          this.fail(FAULT_EXCEPTION);
        }),
      );
    }
    const pa = e.call(translate, va, access);
    e.if(e.eq(64, pa, e.i64(-1)), () => {
      e.call(abort, va, access);
      this.fail(FAULT_EXCEPTION);
    });
    const looked = e.and(32, e.wrap(pa), e.i32(PAGE_ALIGNED | PAGE_SLOW));
    const misaligned = e.and(32, e.wrap(va), e.sub(32, bytes, e.i32(1)));
    e.if(e.select(e.and(32, looked, e.i32(PAGE_ALIGNED)), misaligned, e.i32(0)), () => {
      e.call(alignmentAbort, va, access);
      this.fail(FAULT_EXCEPTION);
    });
    return { pa: e.or(64, e.and(64, pa, e.i64(-4096n)), e.and(64, va, e.i64(0xfff))), looked };
  }

  /**
   * Where a walk stores, the debugger is asked before it: a stop is no step. What would fault is no access, so a walk
   * without effects comes first of all.
   */
  private askBefore(va: Value, bytes: Value, access: Value, lastPage?: Value): void {
    if (!this.r.guest.walkStores) return;
    const { e, low } = this;
    const peek = e.or(32, access, e.i32(ACCESS_PEEK));
    const finds = (address: Value): Value =>
      e.ne(64, e.call(this.r.guest.routines.translate, address, peek), e.i64(-1));
    e.if(low.peek32(ENGINE.watching), () =>
      e.if(finds(va), () => {
        if (lastPage) e.if(finds(lastPage), () => this.askDebugger(va, bytes, access));
        else this.askDebugger(va, bytes, access);
      }),
    );
  }

  private askDebugger(va: Value, bytes: Value, access: Value): void {
    const { e, low } = this;
    const { untag } = this.r.guest.routines;
    const watched = e.variable(untag ? e.call(untag, va) : va);
    e.if(this.nearWatched(e.get(watched), bytes), () =>
      e.if(low.callFunction("watch", "i32", e.get(watched), bytes, access), () => this.fail(FAULT_WATCH)),
    );
  }

  /** What would fault is no access, so this comes last. */
  private ask(va: Value, bytes: Value, access: Value, looked: Value): void {
    const { e, low } = this;
    const { watchpoint } = this.r.guest.routines;
    if (!this.r.guest.walkStores) e.if(low.peek32(ENGINE.watching), () => this.askDebugger(va, bytes, access));
    if (watchpoint)
      e.if(e.and(32, looked, e.i32(PAGE_SLOW)), () => {
        e.if(e.call(watchpoint, va, bytes, access), () => this.fail(FAULT_EXCEPTION));
      });
  }

  /**
   * Both pages of an access that crosses into the next one are checked before anything happens. Neither may be a
   * device's: its effects could not be taken back where the rest is refused.
   */
  checkedBoth(kind: MapAccess, va: Value, bytes: Value, access: Value): [Value, Value] {
    const { e } = this;
    const nextPage = e.and(64, e.add(64, va, e.i64(0x1000)), e.i64(-4096n));
    this.askBefore(va, bytes, access, nextPage);
    const { pa: first, looked } = this.translated(va, bytes, access);
    const { pa: second, looked: alsoLooked } = this.translated(nextPage, e.i32(1), access);
    const memory = e.and(32, this.isMemory(this.page(kind, first)), this.isMemory(this.page(kind, second)));
    e.if(e.eqz(32, memory), () => {
      e.call(this.r.guest.routines.busError, va, access);
      this.fail(FAULT_EXCEPTION);
    });
    this.ask(va, bytes, access, e.or(32, looked, alsoLooked));
    return [first, second];
  }

  /** Takes the exception of an access that a device has refused. What that pushes is another access. */
  busError(va: Value, access: Value): void {
    const { e, low } = this;
    const { busError } = this.r.guest.routines;
    if (busError.accesses) low.poke32(ENGINE.fault, FAULT_NONE);
    e.call(busError, va, access);
    if (busError.accesses) low.poke32(ENGINE.fault, FAULT_EXCEPTION);
  }

  /** Bytes of an element of the access. */
  unit(bytes: Value, access: Value): Value {
    const { e } = this;
    const code = e.and(32, e.shrU(32, access, ACCESS_UNIT_LSB), e.i32(7));
    return e.select(code, e.shl(32, e.i32(1), e.sub(32, code, e.i32(1))), bytes);
  }

  crosses(va: Value, bytes: Value): Value {
    const { e } = this;
    return e.op("i32.gt_u", e.add(32, e.and(32, e.wrap(va), e.i32(0xfff)), bytes), e.i32(0x1000));
  }

  /** The machine's page, or -1. */
  page(access: MapAccess, pa: Value): Value {
    return physicalPage(this.e, this.low, access, pa);
  }

  isMemory(page: Value): Value {
    return isMemory(this.e, page);
  }

  /** Offset from the first page's start of an address in a page. */
  offset(page: Value, address: Value): Value {
    const { e } = this;
    return e.or(32, e.shl(32, page, 12), e.and(32, e.wrap(address), e.i32(0xfff)));
  }

  /** False for what need not ask: it does not touch any address near a watched one. */
  private nearWatched(address: Value, bytes: Value): Value {
    const { e, low } = this;
    const end = e.variable(e.add(64, address, e.zeroExtend(64, e.sub(32, bytes, e.i32(1)))));
    const above = e.op("i64.gt_u", address, low.peek64(ENGINE.watchedLast));
    const below = e.and(
      32,
      e.op("i64.lt_u", e.get(end), low.peek64(ENGINE.watchedFirst)),
      e.op("i64.ge_u", e.get(end), address),
    );
    return e.eqz(32, e.or(32, above, below));
  }

  /** Lets the inline probe serve the page from now on, unless its accesses must be looked at one by one. */
  mayFill(table: number, va: Value, access: Value, page: Value, looked: Value): void {
    const { e, low } = this;
    const { untag } = this.r.guest.routines;
    const slow = e.variable(looked);
    e.if(low.peek32(ENGINE.watching), () => {
      const start = e.variable(e.and(64, untag ? e.call(untag, va) : va, e.i64(-4096n)));
      e.if(this.nearWatched(e.get(start), e.i32(4096)), () => {
        e.set(slow, e.i32(1));
        // Between two ranges.
        e.if(e.eq(32, low.peek32(ENGINE.watching), e.i32(2)), () =>
          e.set(slow, e.or(32, looked, low.callFunction("watchedPage", "i32", e.get(start)))),
        );
      });
    });
    e.if(e.eqz(32, e.get(slow)), () => {
      const host = e.add(32, e.shl(32, page, 12), e.i32(RAM));
      const addend = e.sub(32, host, e.and(32, e.wrap(va), e.i32(-4096)));
      low.callFunction("fill", undefined, va, e.i32(table), access, addend);
    });
  }

  /** Byte by byte over an access whose two parts lie in two pages: `n` counts from 0. */
  eachByte(va: Value, bytes: Value, [first, second]: [Value, Value], body: (n: Value, pa: Value) => void): void {
    const { e } = this;
    const n = e.variable(e.i32(0));
    const inFirst = e.sub(32, e.i32(0x1000), e.and(32, e.wrap(va), e.i32(0xfff)));
    e.while(
      () => e.ltU(32, e.get(n), bytes),
      () => {
        const at = e.get(n);
        const fromFirst = e.add(64, first, e.zeroExtend(64, at));
        const fromSecond = e.add(64, second, e.zeroExtend(64, e.sub(32, at, inFirst)));
        body(at, e.select(e.ltU(32, at, inFirst), fromFirst, fromSecond));
        e.set(n, e.add(32, at, e.i32(1)));
      },
    );
  }
}
