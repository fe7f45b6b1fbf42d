import { ACCESS_PEEK } from "../../isa/index.ts";
import { ENGINE, GENERATIONS, PAGE_FLAGS, PAGE_IS_DIRTY, PAGE_STORE, PAGE_WAS_WALKED, RAM, WALKS } from "../layout.ts";
import type { Runtime } from "../interpreter/runtime.ts";
import { isMemory, physicalPage } from "./physical-map.ts";

/** What a page walk reads and writes. */
export function definePageWalk(r: Runtime): void {
  // (physical address, va of the only page that the descriptor maps, or -1).
  // A page table's page is watched from its first read on: it must have no write entry. What it maps is noted: the
  // address of the page behind its first descriptor, with the generation in which that is all that was read from it,
  // and bit 0 when it is not all.
  r.define("loadDescriptor", ["i64", "i64"], "i64", (e, low, pa, mapped) => {
    const page = physicalPage(e, low, "read", pa);
    e.if(e.eqz(32, isMemory(e, page)), () => e.return(e.i64(0)));
    const flags = low.f.load("i32", 8, page, PAGE_FLAGS);
    e.if(e.eqz(32, e.and(32, flags, e.i32(PAGE_WAS_WALKED))), () => {
      e.if(e.and(32, flags, e.i32(PAGE_IS_DIRTY)), () => e.flushTlb());
      low.f.store(8, page, e.or(32, flags, e.i32(PAGE_WAS_WALKED)), PAGE_FLAGS);
    });
    e.if(e.geU(32, flags, e.i32(PAGE_STORE)), () => {
      const walked = e.or(32, e.and(32, flags, e.i32(PAGE_STORE - 1)), e.i32(PAGE_WAS_WALKED));
      low.f.store(8, page, walked, PAGE_FLAGS);
    });
    const offset = e.and(32, e.wrap(pa), e.i32(0xff8));
    const generation = low.peek64(ENGINE.generation);
    const first = e.sub(64, mapped, e.shl(64, e.zeroExtend(64, offset), 9));
    const news = e.or(64, e.select(e.eq(64, mapped, e.i64(-1)), e.i64(1), first), generation);
    const walk = e.shl(32, page, 3);
    const known = low.f.load("i64", 64, walk, WALKS);
    e.if(
      e.ne(64, e.and(64, known, e.i64(GENERATIONS)), generation),
      () => low.f.store(64, walk, news, WALKS),
      () => e.if(e.ne(64, known, news), () => low.f.store(64, walk, e.or(64, known, e.i64(1)), WALKS)),
    );
    e.return(low.f.load("i64", 64, e.or(32, e.shl(32, page, 12), offset), RAM));
  });

  if (!r.guest.walkStores) return;
  // (physical address, value, bytes, access): Accessed and Dirty bits. Where there is no RAM, nothing is kept.
  r.define("storeDescriptor", ["i64", "i64", "i32", "i32"], undefined, (e, low, pa, value, bytes, access) => {
    e.if(e.and(32, access, e.i32(ACCESS_PEEK)), () => e.return());
    const page = physicalPage(e, low, "write", pa);
    e.if(e.eqz(32, isMemory(e, page)), () => e.return());
    const offset = e.and(32, e.wrap(pa), e.i32(0xfff));
    low.callFunction("openDescriptor", undefined, page, offset, bytes);
    const at = e.or(32, e.shl(32, page, 12), offset);
    e.if(
      e.eq(32, bytes, e.i32(4)),
      () => low.f.store(32, at, e.wrap(value), RAM),
      () => low.f.store(64, at, value, RAM),
    );
  });
}
