import type { Value } from "../../isa/index.ts";
import { ENGINE, RAM, TLB_READ } from "../layout.ts";
import type { Runtime } from "../interpreter/runtime.ts";
import { SlowAccess } from "./slow-access.ts";

/** Loads that the inline probe does not serve: TLB misses, devices, page crossings, faults. (va, bytes, access) → low half. */
export function defineLoads(r: Runtime): void {
  const params = ["i64", "i32", "i32"] as const;

  const { reversesBytes } = r.guest.routines;

  r.define("loadSlow", params, "i64", (e, low, va, bytes, access) => {
    const value = e.variable(low.callFunction("loadOrdered", "i64", va, bytes, access));
    if (reversesBytes)
      e.if(e.call(reversesBytes), () => {
        const unit = new SlowAccess(r, e, low).unit(bytes, access);
        const reverse = (half: Value): Value => low.callFunction("reverseBytes", "i64", half, unit);
        const [first, second] = [reverse(e.get(value)), reverse(low.peek64(ENGINE.high))];
        const swapped = e.eq(32, unit, e.i32(16));
        e.set(value, e.select(swapped, second, first));
        low.poke64(ENGINE.high, e.select(swapped, first, second));
      });
    e.return(e.get(value));
  });

  // (half, bytes of an element): the bytes of each element the other way round; halves of 16 bytes are not exchanged.
  r.define("reverseBytes", ["i64", "i32"], "i64", (e, _low, half, unit) => {
    const result = e.variable(half);
    const exchange = (bits: number, mask: bigint): void =>
      e.if(e.geU(32, unit, e.i32(bits / 4)), () => {
        const value = e.get(result);
        const [up, down] = [e.and(64, value, e.i64(mask)), e.and(64, e.shrU(64, value, bits), e.i64(mask))];
        e.set(result, e.or(64, e.shl(64, up, bits), down));
      });
    exchange(8, 0x00ff00ff00ff00ffn);
    exchange(16, 0x0000ffff0000ffffn);
    exchange(32, 0x00000000ffffffffn);
    e.return(e.get(result));
  });

  // As memory holds it, the byte at the lowest address lowest.
  r.define("loadOrdered", params, "i64", (e, low, va, bytes, access) => {
    const slow = new SlowAccess(r, e, low);
    e.if(slow.crosses(va, bytes), () => e.return(low.callFunction("loadCrossing", "i64", va, bytes, access)));
    const { pa, looked } = slow.checked(va, bytes, access);
    const page = slow.page("read", pa);
    e.if(e.eqz(32, slow.isMemory(page)), () => e.return(low.callFunction("loadDevice", "i64", va, pa, bytes, access)));
    slow.mayFill(TLB_READ, va, access, page, looked);
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
    const part = (at: number, size: Value): Value =>
      e.zeroExtend(64, low.callFunction("mmioRead", "i32", e.op("f64.add", device, e.f64(at)), size));
    const wide = e.op("i32.gt_u", bytes, e.i32(4));
    const value = e.variable(part(0, e.select(wide, e.i32(4), bytes)));
    e.if(wide, () => e.set(value, e.or(64, e.get(value), e.shl(64, part(4, e.i32(4)), 32))));
    e.if(e.eq(32, bytes, e.i32(16)), () => {
      const third = part(8, e.i32(4));
      low.poke64(ENGINE.high, e.or(64, third, e.shl(64, part(12, e.i32(4)), 32)));
    });
    e.if(low.peek32(ENGINE.fault), () => new SlowAccess(r, e, low).busError(va, access));
    e.return(e.get(value));
  });

  r.define("loadCrossing", params, "i64", (e, low, va, bytes, access) => {
    const slow = new SlowAccess(r, e, low);
    const parts = slow.checkedBoth("read", va, bytes, access);
    const lowHalf = e.variable(e.i64(0));
    const highHalf = e.variable(e.i64(0));
    slow.eachByte(va, bytes, parts, (n, pa) => {
      const byte = e.zeroExtend(64, low.f.load("i32", 8, slow.offset(slow.page("read", pa), pa), RAM));
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
