import { ENGINE, RAM, TLB_READ } from "./layout.ts";
import type { Runtime } from "./runtime.ts";
import { SlowAccess } from "./slow-access.ts";

/** Loads that the inline probe does not serve: TLB misses, devices, page crossings, faults. (va, bytes, access) → low half. */
export function defineLoads(r: Runtime): void {
  const params = ["i64", "i32", "i32"] as const;

  r.define("loadSlow", params, "i64", (e, low, va, bytes, access) => {
    const slow = new SlowAccess(r, e, low);
    e.if(slow.crosses(va, bytes), () => e.return(low.callFunction("loadCrossing", "i64", va, bytes, access)));
    const { pa, mustAlign } = slow.checked(va, bytes, access);
    const page = slow.page(pa);
    e.if(e.eqz(32, slow.inRam(page)), () => e.return(low.callFunction("loadDevice", "i64", va, pa, bytes, access)));
    slow.mayFill(TLB_READ, va, access, page, mustAlign);
    const at = slow.offset(page, va);
    for (const bits of [8, 16, 32]) {
      e.if(e.eq(32, bytes, e.i32(bits / 8)), () => e.return(e.zeroExtend(64, low.f.load("i32", bits, at, RAM))));
    }
    e.if(e.eq(32, bytes, e.i32(16)), () => low.poke64(ENGINE.high, low.f.load("i64", 64, at, RAM + 8)));
    e.return(low.f.load("i64", 64, at, RAM));
  });

  // A device sees at most 4 bytes at a time, the low ones first.
  r.define("loadDevice", ["i64", "i64", "i32", "i32"], "i64", (e, low, va, pa, bytes, access) => {
    const device = e.op("f64.convert_i64_u", pa);
    const wide = e.op("i32.gt_u", bytes, e.i32(4));
    const first = low.callFunction("mmioRead", "i32", device, e.select(wide, e.i32(4), bytes));
    const value = e.variable(e.zeroExtend(64, first));
    e.if(wide, () => {
      const second = low.callFunction("mmioRead", "i32", e.op("f64.add", device, e.f64(4)), e.i32(4));
      e.set(value, e.or(64, e.get(value), e.shl(64, e.zeroExtend(64, second), 32)));
      low.poke64(ENGINE.high, e.i64(0));
    });
    e.if(low.peek32(ENGINE.fault), () => e.call(r.guest.routines.busError, va, access));
    e.return(e.get(value));
  });

  r.define("loadCrossing", params, "i64", (e, low, va, bytes, access) => {
    const slow = new SlowAccess(r, e, low);
    const parts = slow.checkedBoth(va, bytes, access);
    const lowHalf = e.variable(e.i64(0));
    const highHalf = e.variable(e.i64(0));
    slow.eachByte(va, bytes, parts, (n, pa) => {
      const byte = e.zeroExtend(64, low.f.load("i32", 8, slow.offset(slow.page(pa), pa), RAM));
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
}
