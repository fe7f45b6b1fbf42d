import type { Value } from "../../isa/index.ts";
import { ENGINE, PAGE_FLAGS, PAGE_IS_DIRTY, RAM, TLB_WRITE } from "../layout.ts";
import type { Runtime } from "../interpreter/runtime.ts";
import { SlowAccess } from "./slow-access.ts";

/** Stores that the inline probe does not serve. (va, bytes, low half, high half, access). */
export function defineStores(r: Runtime): void {
  const params = ["i64", "i32", "i64", "i64", "i32"] as const;

  const { reversesBytes } = r.guest.routines;

  r.define("storeSlow", params, undefined, (e, low, va, bytes, data, high, access) => {
    const store = (first: Value, second: Value): void =>
      void low.callFunction("storeOrdered", undefined, va, bytes, first, second, access);
    if (reversesBytes)
      e.if(e.call(reversesBytes), () => {
        const unit = new SlowAccess(r, e, low).unit(bytes, access);
        const reverse = (half: Value): Value => low.callFunction("reverseBytes", "i64", half, unit);
        const swapped = e.eq(32, unit, e.i32(16));
        const [first, second] = [reverse(data), reverse(high)];
        store(e.select(swapped, second, first), e.select(swapped, first, second));
        e.return();
      });
    store(data, high);
  });

  r.define("storeOrdered", params, undefined, (e, low, va, bytes, data, high, access) => {
    const slow = new SlowAccess(r, e, low);
    e.if(slow.crosses(va, bytes), () => {
      low.callFunction("storeCrossing", undefined, va, bytes, data, high, access);
      e.return();
    });
    const { pa, looked } = slow.checked(va, bytes, access);
    const page = slow.page("write", pa);
    e.if(e.eqz(32, slow.isMemory(page)), () => {
      low.callFunction("storeDevice", undefined, va, pa, bytes, data, high, access);
      e.return();
    });
    low.callFunction("openWrite", undefined, page, e.and(32, e.wrap(va), e.i32(0xfff)), bytes);
    const at = slow.offset(page, va);
    for (const bits of [8, 16, 32]) {
      e.if(e.eq(32, bytes, e.i32(bits / 8)), () => low.f.store(bits, at, e.wrap(data), RAM));
    }
    e.if(e.geU(32, bytes, e.i32(8)), () => low.f.store(64, at, data, RAM));
    e.if(e.eq(32, bytes, e.i32(16)), () => low.f.store(64, at, high, RAM + 8));
    const flags = low.f.load("i32", 8, page, PAGE_FLAGS);
    e.if(e.eq(32, flags, e.i32(PAGE_IS_DIRTY)), () => slow.mayFill(TLB_WRITE, va, access, page, looked));
  });

  const deviceParams = ["i64", "i64", "i32", "i64", "i64", "i32"] as const;
  r.define("storeDevice", deviceParams, undefined, (e, low, va, pa, bytes, data, high, access) => {
    const device = e.op("f64.convert_i64_u", pa);
    const part = (at: number, size: Value, value: Value): void =>
      void low.callFunction("mmioWrite", undefined, e.op("f64.add", device, e.f64(at)), size, e.wrap(value));
    const wide = e.op("i32.gt_u", bytes, e.i32(4));
    part(0, e.select(wide, e.i32(4), bytes), data);
    e.if(wide, () => part(4, e.i32(4), e.shrU(64, data, 32)));
    e.if(e.eq(32, bytes, e.i32(16)), () => {
      part(8, e.i32(4), high);
      part(12, e.i32(4), e.shrU(64, high, 32));
    });
    e.if(low.peek32(ENGINE.fault), () => new SlowAccess(r, e, low).busError(va, access));
  });

  r.define("storeCrossing", params, undefined, (e, low, va, bytes, data, high, access) => {
    const slow = new SlowAccess(r, e, low);
    const parts = slow.checkedBoth("write", va, bytes, access);
    slow.eachByte(va, bytes, parts, (n, pa) => {
      const page = slow.page("write", pa);
      const half = e.select(e.ltU(32, n, e.i32(8)), data, high);
      const byte = e.wrap(e.shrU(64, half, e.zeroExtend(64, e.shl(32, n, 3))));
      low.callFunction("openWrite", undefined, page, e.and(32, e.wrap(pa), e.i32(0xfff)), e.i32(1));
      low.f.store(8, slow.offset(page, pa), byte, RAM);
    });
  });
}
