import type { Value } from "../../isa/index.ts";
import {
  CODE,
  CODE_INDEX,
  CODE_PAGE_BYTES,
  COVERED,
  COVERED_PAGE_BYTES,
  ENGINE,
  GENERATIONS,
  PAGE_FLAGS,
  PAGE_HAS_CODE,
  PAGE_HAS_REGIONS,
  PAGE_IS_DIRTY,
  PAGE_STORE,
  PAGE_STORES,
  PAGE_WAS_WALKED,
  RAM,
  TLB_WRITE,
  WALKS,
} from "../layout.ts";
import type { Runtime } from "../interpreter/runtime.ts";
import { SlowAccess } from "./slow-access.ts";

/** Stores that the inline probe does not serve, and the write gate. (va, bytes, low half, high half, access). */
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
    e.if(low.peek32(ENGINE.fault), () => e.call(r.guest.routines.busError, va, access));
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

  // The write gate, (page, offset, bytes): all that must happen before RAM changes. At most 16 bytes inside one page.
  r.define("openWrite", ["i32", "i32", "i32"], undefined, (e, low, page, offset, bytes) => {
    const flags = low.f.load("i32", 8, page, PAGE_FLAGS);
    e.if(e.eq(32, flags, e.i32(PAGE_IS_DIRTY)), () => e.return());
    e.if(e.eqz(32, e.and(32, flags, e.i32(PAGE_IS_DIRTY))), () => low.callFunction("firstWrite", undefined, page));
    const lastByte = e.add(32, offset, e.sub(32, bytes, e.i32(1)));
    e.if(e.and(32, flags, e.i32(PAGE_HAS_CODE)), () => {
      // Entries of the written words decode anew.
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
    e.if(e.and(32, flags, e.i32(PAGE_HAS_REGIONS)), () => {
      const code = low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX);
      const number = e.op("i32.div_u", e.sub(32, code, e.i32(CODE)), e.i32(CODE_PAGE_BYTES));
      // From the byte with the first word's bit on there is room for the bits of all.
      const at = e.add(32, e.mul(32, number, e.i32(COVERED_PAGE_BYTES)), e.shrU(32, offset, 5));
      const [first, last] = [e.shrU(32, offset, 2), e.shrU(32, lastByte, 2)];
      const bits = e.sub(32, e.op("i32.shl", e.i32(2), e.sub(32, last, first)), e.i32(1));
      const covered = e.op("i32.shr_u", low.f.load("i32", 32, at, COVERED), e.and(32, first, e.i32(7)));
      e.if(e.and(32, covered, bits), () => low.callFunction("codeWritten", undefined, page, offset, bytes));
    });
    e.if(e.and(32, flags, e.i32(PAGE_WAS_WALKED)), () => {
      // Only a descriptor that a walk could have used has anything cached under it.
      const descriptor = (byte: Value): Value =>
        low.f.load("i64", 64, e.or(32, e.shl(32, page, 12), e.and(32, byte, e.i32(0xff8))), RAM);
      // 16 bytes that are not aligned touch three.
      const second = e.add(32, offset, e.i32(8));
      const middle = e.select(e.ltU(32, second, lastByte), second, lastByte);
      const any = e.or(64, e.or(64, descriptor(offset), descriptor(middle)), descriptor(lastByte));
      e.if(e.ne(64, e.and(64, any, e.i64(r.guest.descriptorLiveMask)), e.i64(0)), () => {
        // What one descriptor of a page mapped can be forgotten alone.
        const walked = low.f.load("i64", 64, e.shl(32, page, 3), WALKS);
        const alone = e.eq(64, e.and(64, walked, e.i64(GENERATIONS | 1)), low.peek64(ENGINE.generation));
        const one = e.op("i32.le_u", e.add(32, e.and(32, offset, e.i32(7)), bytes), e.i32(8));
        const first = e.and(64, walked, e.i64(-4096n));
        const at = e.shl(64, e.zeroExtend(64, e.and(32, offset, e.i32(0xff8))), 9);
        e.if(
          e.and(32, alone, one),
          () => low.callFunction("forgetPage", undefined, e.add(64, first, at)),
          () => e.flushTranslations(),
        );
        low.callFunction("lookUpAfterStep", undefined);
      });
      // The page may hold something else by now, such as a stack: with nothing cached, nothing comes from it.
      const now = low.f.load("i32", 8, page, PAGE_FLAGS);
      e.if(
        e.ltU(32, now, e.i32(PAGE_STORES)),
        () => low.f.store(8, page, e.add(32, now, e.i32(PAGE_STORE)), PAGE_FLAGS),
        () => {
          e.flushTranslations();
          low.f.store(8, page, e.and(32, now, e.i32(PAGE_STORE - 1 - PAGE_WAS_WALKED)), PAGE_FLAGS);
        },
      );
    });
  });
}
