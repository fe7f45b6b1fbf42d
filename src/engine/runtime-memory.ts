import { type Emitter, PAGE_ALIGNED, type Value } from "../isa/index.ts";
import {
  CODE_INDEX,
  ENGINE,
  FAULT_EXCEPTION,
  FAULT_WATCH,
  PAGE_FLAGS,
  PAGE_HAS_CODE,
  PAGE_IS_DIRTY,
  PAGE_WAS_WALKED,
  RAM,
  TLB_READ,
  TLB_WRITE,
} from "./layout.ts";
import type { RoutineLowering } from "./routine-lowering.ts";
import type { Runtime } from "./runtime.ts";

interface Checked {
  readonly pa: Value;
  /** Not zero when the page's accesses must be aligned. */
  readonly mustAlign: Value;
}

/** Accesses that the inline probe does not serve: TLB misses, devices, page crossings, faults, and the write gate. */
export function defineMemory(r: Runtime): void {
  const { abort, alignmentAbort, busError, translate } = r.guest.routines;

  const fault = (e: Emitter, low: RoutineLowering, kind: number): void => {
    low.poke32(ENGINE.fault, kind);
    if (r.resultType === "i64") e.return(e.i64(0));
    else e.return();
  };

  /** Translates; leaves the function when the access faults, is misaligned where that matters, or is watched. */
  const checked = (e: Emitter, low: RoutineLowering, va: Value, bytes: Value, access: Value): Checked => {
    const pa = e.call(translate, va, access);
    e.if(e.eq(64, pa, e.i64(-1)), () => {
      e.call(abort, va, access);
      fault(e, low, FAULT_EXCEPTION);
    });
    const mustAlign = e.and(32, e.wrap(pa), e.i32(PAGE_ALIGNED));
    const misaligned = e.and(32, e.wrap(va), e.sub(32, bytes, e.i32(1)));
    e.if(mustAlign, () => {
      e.if(misaligned, () => {
        e.call(alignmentAbort, va, access);
        fault(e, low, FAULT_EXCEPTION);
      });
    });
    e.if(low.peek32(ENGINE.watching), () => {
      const stop = low.callFunction("watch", "i32", va, bytes, access);
      e.if(stop, () => fault(e, low, FAULT_WATCH));
    });
    return { pa: e.or(64, e.and(64, pa, e.i64(-4096n)), e.and(64, va, e.i64(0xfff))), mustAlign };
  };

  const crosses = (e: Emitter, va: Value, bytes: Value): Value =>
    e.op("i32.gt_u", e.add(32, e.and(32, e.wrap(va), e.i32(0xfff)), bytes), e.i32(0x1000));

  const inRam = (e: Emitter, low: RoutineLowering, page: Value): Value => e.ltU(32, page, low.peek32(ENGINE.ramPages));

  /** Lets the inline probe serve the page from now on, unless its accesses must be looked at one by one. */
  const mayFill = (e: Emitter, low: RoutineLowering, va: Value, access: Value, table: number, page: Value, slow: Value): void => {
    const watched = e.variable(slow);
    e.if(low.peek32(ENGINE.watching), () => e.set(watched, e.or(32, slow, low.callFunction("watchedPage", "i32", va))));
    e.if(e.eqz(32, e.get(watched)), () => {
      const host = e.add(32, e.shl(32, page, 12), e.i32(RAM));
      const addend = e.sub(32, host, e.and(32, e.wrap(va), e.i32(-4096)));
      low.callFunction("fill", undefined, va, e.i32(table), access, addend);
    });
  };

  const hostAddress = (e: Emitter, page: Value, va: Value): Value =>
    e.or(32, e.shl(32, page, 12), e.and(32, e.wrap(va), e.i32(0xfff)));

  r.define("loadSlow", ["i64", "i32", "i32"], "i64", (e, low, va, bytes, access) => {
    e.if(crosses(e, va, bytes), () => e.return(low.callFunction("loadCrossing", "i64", va, bytes, access)));
    const { pa, mustAlign } = checked(e, low, va, bytes, access);
    const page = r.ramPage(e, low, pa);
    e.if(
      inRam(e, low, page),
      () => {
        mayFill(e, low, va, access, TLB_READ, page, mustAlign);
        const at = hostAddress(e, page, va);
        e.if(e.eq(32, bytes, e.i32(1)), () => e.return(e.zeroExtend(64, low.f.load("i32", 8, at, RAM))));
        e.if(e.eq(32, bytes, e.i32(2)), () => e.return(e.zeroExtend(64, low.f.load("i32", 16, at, RAM))));
        e.if(e.eq(32, bytes, e.i32(4)), () => e.return(e.zeroExtend(64, low.f.load("i32", 32, at, RAM))));
        e.if(e.eq(32, bytes, e.i32(16)), () => low.poke64(ENGINE.high, low.f.load("i64", 64, at, RAM + 8)));
        e.return(low.f.load("i64", 64, at, RAM));
      },
      () => {
        const device = e.op("f64.convert_i64_u", pa);
        const single = e.variable(e.i64(0));
        e.if(
          e.op("i32.gt_u", bytes, e.i32(4)),
          () => {
            const lowHalf = e.zeroExtend(64, low.callFunction("mmioRead", "i32", device, e.i32(4)));
            const next = e.op("f64.add", device, e.f64(4));
            const highHalf = e.zeroExtend(64, low.callFunction("mmioRead", "i32", next, e.i32(4)));
            e.set(single, e.or(64, lowHalf, e.shl(64, highHalf, 32)));
            low.poke64(ENGINE.high, e.i64(0));
          },
          () => e.set(single, e.zeroExtend(64, low.callFunction("mmioRead", "i32", device, bytes))),
        );
        e.if(low.peek32(ENGINE.fault), () => e.call(busError, va, access));
        e.return(e.get(single));
      },
    );
  });

  // Both pages are checked before a byte is read, so that a fault shows the second page's address and no effect.
  r.define("loadCrossing", ["i64", "i32", "i32"], "i64", (e, low, va, bytes, access) => {
    const { pa: first } = checked(e, low, va, bytes, access);
    const { pa: second } = checked(e, low, nextPage(e, va), e.i32(1), access);
    e.if(outsideRam(e, low, first, second), () => {
      e.call(busError, va, access);
      fault(e, low, FAULT_EXCEPTION);
    });
    const lowHalf = e.variable(e.i64(0));
    const highHalf = e.variable(e.i64(0));
    eachByte(e, va, bytes, first, second, (n, pa) => {
      const host = hostAddress(e, r.ramPage(e, low, pa), pa);
      const byte = e.zeroExtend(64, low.f.load("i32", 8, host, RAM));
      const shifted = e.shl(64, byte, e.zeroExtend(64, e.shl(32, n, 3)));
      e.if(
        e.ltU(32, n, e.i32(8)),
        () => e.set(lowHalf, e.or(64, e.get(lowHalf), shifted)),
        () => e.set(highHalf, e.or(64, e.get(highHalf), shifted)),
      );
    });
    low.poke64(ENGINE.high, e.get(highHalf));
    e.return(e.get(lowHalf));
  });

  const outsideRam = (e: Emitter, low: RoutineLowering, first: Value, second: Value): Value =>
    e.eqz(32, e.and(32, inRam(e, low, r.ramPage(e, low, first)), inRam(e, low, r.ramPage(e, low, second))));

  const eachByte = (
    e: Emitter,
    va: Value,
    bytes: Value,
    first: Value,
    second: Value,
    body: (n: Value, pa: Value) => void,
  ): void => {
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
  };

  r.define("storeSlow", ["i64", "i32", "i64", "i64", "i32"], undefined, (e, low, va, bytes, data, high, access) => {
    e.if(crosses(e, va, bytes), () => {
      low.callFunction("storeCrossing", undefined, va, bytes, data, high, access);
      e.return();
    });
    const { pa, mustAlign } = checked(e, low, va, bytes, access);
    const page = r.ramPage(e, low, pa);
    e.if(
      inRam(e, low, page),
      () => {
        const at = hostAddress(e, page, va);
        low.callFunction("openWrite", undefined, page, e.and(32, e.wrap(va), e.i32(0xfff)), bytes);
        const write = (size: number, store: () => void): void => e.if(e.eq(32, bytes, e.i32(size)), store);
        write(1, () => low.f.store(8, at, e.wrap(data), RAM));
        write(2, () => low.f.store(16, at, e.wrap(data), RAM));
        write(4, () => low.f.store(32, at, e.wrap(data), RAM));
        e.if(e.geU(32, bytes, e.i32(8)), () => low.f.store(64, at, data, RAM));
        write(16, () => low.f.store(64, at, high, RAM + 8));
        const flags = low.f.load("i32", 8, page, PAGE_FLAGS);
        e.if(e.eq(32, flags, e.i32(PAGE_IS_DIRTY)), () => mayFill(e, low, va, access, TLB_WRITE, page, mustAlign));
      },
      () => {
        const device = e.op("f64.convert_i64_u", pa);
        e.if(
          e.op("i32.gt_u", bytes, e.i32(4)),
          () => {
            low.callFunction("mmioWrite", undefined, device, e.i32(4), e.wrap(data));
            const next = e.op("f64.add", device, e.f64(4));
            low.callFunction("mmioWrite", undefined, next, e.i32(4), e.wrap(e.shrU(64, data, 32)));
          },
          () => low.callFunction("mmioWrite", undefined, device, bytes, e.wrap(data)),
        );
        e.if(low.peek32(ENGINE.fault), () => e.call(busError, va, access));
      },
    );
  });

  r.define("storeCrossing", ["i64", "i32", "i64", "i64", "i32"], undefined, (e, low, va, bytes, data, high, access) => {
    const { pa: first } = checked(e, low, va, bytes, access);
    const { pa: second } = checked(e, low, nextPage(e, va), e.i32(1), access);
    e.if(outsideRam(e, low, first, second), () => {
      e.call(busError, va, access);
      fault(e, low, FAULT_EXCEPTION);
    });
    eachByte(e, va, bytes, first, second, (n, pa) => {
      const page = r.ramPage(e, low, pa);
      const shift = e.zeroExtend(64, e.shl(32, n, 3));
      const half = e.select(e.ltU(32, n, e.i32(8)), data, high);
      low.callFunction("openWrite", undefined, page, e.and(32, e.wrap(pa), e.i32(0xfff)), e.i32(1));
      low.f.store(8, hostAddress(e, page, pa), e.wrap(e.shrU(64, half, shift)), RAM);
    });
  });

  const nextPage = (e: Emitter, va: Value): Value => e.and(64, e.add(64, va, e.i64(0x1000)), e.i64(-4096n));

  // The write gate, (page, offset, bytes): all that must happen before RAM changes. At most 16 bytes inside one page.
  r.define("openWrite", ["i32", "i32", "i32"], undefined, (e, low, page, offset, bytes) => {
    const flags = low.f.load("i32", 8, page, PAGE_FLAGS);
    e.if(e.eq(32, flags, e.i32(PAGE_IS_DIRTY)), () => e.return());
    e.if(e.eqz(32, e.and(32, flags, e.i32(PAGE_IS_DIRTY))), () => {
      low.callFunction("firstWrite", undefined, page);
      low.f.store(8, page, e.or(32, flags, e.i32(PAGE_IS_DIRTY)), PAGE_FLAGS);
    });
    const lastByte = e.add(32, offset, e.sub(32, bytes, e.i32(1)));
    e.if(e.and(32, flags, e.i32(PAGE_HAS_CODE)), () => {
      const code = low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX);
      const at = e.variable(e.and(32, offset, e.i32(-4)));
      e.while(
        () => e.op("i32.le_u", e.get(at), lastByte),
        () => {
          low.f.store(32, e.add(32, code, e.shl(32, e.get(at), 1)), e.i32(0));
          e.set(at, e.add(32, e.get(at), e.i32(4)));
        },
      );
    });
    // Only a descriptor that a walk could have used has anything cached under it.
    e.if(e.and(32, flags, e.i32(PAGE_WAS_WALKED)), () => {
      const live = e.i64(r.guest.descriptorLiveMask);
      const at = (byte: Value): Value =>
        e.and(64, low.f.load("i64", 64, e.or(32, e.shl(32, page, 12), e.and(32, byte, e.i32(0xff8))), RAM), live);
      e.if(e.op("i64.ne", e.or(64, at(offset), at(lastByte)), e.i64(0)), () => {
        e.flushTranslations();
        e.leave();
      });
    });
  });
}
