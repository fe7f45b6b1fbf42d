import type { Emitter, Value } from "../../isa/index.ts";
import type { RoutineLowering } from "../interpreter/routine-lowering.ts";
import type { Runtime } from "../interpreter/runtime.ts";
import { dropRuns, ifCovered } from "../code/written-runs.ts";
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
  WALKS,
} from "../layout.ts";

/** Bytes of a page that are about to change: at most 16, or any number where only `markDirty` is asked. */
interface Bytes {
  readonly page: Value;
  readonly offset: Value;
  readonly bytes: Value;
  /** Offset of the last of them. */
  readonly last: Value;
  /** The page's PAGE_IS_* before. */
  readonly flags: Value;
}

/** The write gate: all that must happen before a page's content changes, whoever changes it. */
export function defineWriteGate(r: Runtime): void {
  const params = ["i32", "i32", "i32"] as const;

  // (page, offset, bytes): at most 16 bytes inside one page.
  r.define("openWrite", params, undefined, (e, low, page, offset, bytes) => {
    const all = bytesOf(e, low, page, offset, bytes);
    e.if(e.eq(32, all.flags, e.i32(PAGE_IS_DIRTY)), () => e.return());
    markDirty(e, low, all);
    forgetCode(r, e, low, all);
    forgetRegions(r, e, low, all);
    forgetWalks(r, e, low, all);
  });

  // The same for a store of the page walk, which changes no lookup: descriptors as they are used.
  r.define("openDescriptor", params, undefined, (e, low, page, offset, bytes) => {
    const all = bytesOf(e, low, page, offset, bytes);
    markDirty(e, low, all);
    forgetCode(r, e, low, all);
    forgetRegions(r, e, low, all);
  });

  // The same for any number of bytes inside one page: devices, debuggers, the loader, a restore.
  r.define("openRange", params, undefined, (e, low, page, offset, bytes) => {
    const all = bytesOf(e, low, page, offset, bytes);
    markDirty(e, low, all);
    e.if(e.eqz(32, e.and(32, all.flags, e.i32(PAGE_HAS_CODE | PAGE_HAS_REGIONS | PAGE_WAS_WALKED))), () => e.return());
    const [at, left] = [e.variable(offset), e.variable(bytes)];
    e.while(
      () => e.get(left),
      () => {
        const rest = e.get(left);
        const count = e.variable(e.select(e.ltU(32, rest, e.i32(16)), rest, e.i32(16)));
        low.callFunction("openWrite", undefined, page, e.get(at), e.get(count));
        e.set(at, e.add(32, e.get(at), e.get(count)));
        e.set(left, e.sub(32, e.get(left), e.get(count)));
      },
    );
  });
}

function bytesOf(e: Emitter, low: RoutineLowering, page: Value, offset: Value, bytes: Value): Bytes {
  const last = e.add(32, offset, e.sub(32, bytes, e.i32(1)));
  return { page, offset, bytes, last, flags: low.f.load("i32", 8, page, PAGE_FLAGS) };
}

/** The page's old content is copied for the last snapshot. */
function markDirty(e: Emitter, low: RoutineLowering, { page, flags }: Bytes): void {
  e.if(e.eqz(32, e.and(32, flags, e.i32(PAGE_IS_DIRTY))), () => low.callFunction("firstWrite", undefined, page));
}

/** Entries of what was written decode anew. */
function forgetCode(r: Runtime, e: Emitter, low: RoutineLowering, { page, offset, last, flags }: Bytes): void {
  e.if(e.and(32, flags, e.i32(PAGE_HAS_CODE)), () => {
    if (r.guest.code) return dropRuns(e, low, r.guest.code, page, offset, last);
    const code = low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX);
    const at = e.variable(e.and(32, offset, e.i32(-4)));
    e.while(
      () => e.op("i32.le_u", e.get(at), last),
      () => {
        low.f.store(32, e.add(32, code, e.shl(32, e.get(at), 1)), e.i32(0));
        e.set(at, e.add(32, e.get(at), e.i32(4)));
      },
    );
  });
}

/** What was translated from what was written goes. */
function forgetRegions(r: Runtime, e: Emitter, low: RoutineLowering, written: Bytes): void {
  const { page, offset, bytes, last, flags } = written;
  e.if(e.and(32, flags, e.i32(PAGE_HAS_REGIONS)), () => {
    const tell = (): void => void low.callFunction("codeWritten", undefined, page, offset, bytes);
    if (r.guest.code) return ifCovered(e, low, page, offset, last, tell);
    const code = low.f.load("i32", 32, e.shl(32, page, 2), CODE_INDEX);
    const number = e.op("i32.div_u", e.sub(32, code, e.i32(CODE)), e.i32(CODE_PAGE_BYTES));
    // From the byte with the first word's bit on there is room for the bits of all.
    const at = e.add(32, e.mul(32, number, e.i32(COVERED_PAGE_BYTES)), e.shrU(32, offset, 5));
    const [first, end] = [e.shrU(32, offset, 2), e.shrU(32, last, 2)];
    const bits = e.sub(32, e.op("i32.shl", e.i32(2), e.sub(32, end, first)), e.i32(1));
    const covered = e.op("i32.shr_u", low.f.load("i32", 32, at, COVERED), e.and(32, first, e.i32(7)));
    e.if(e.and(32, covered, bits), tell);
  });
}

/** What a page walk found by the written descriptors is no longer cached. */
function forgetWalks(r: Runtime, e: Emitter, low: RoutineLowering, written: Bytes): void {
  const { page, flags } = written;
  e.if(e.and(32, flags, e.i32(PAGE_WAS_WALKED)), () => {
    // Only a descriptor that a walk could have used has anything cached under it.
    const live = e.and(64, descriptors(e, low, written), e.i64(r.guest.descriptorLiveMask));
    e.if(e.ne(64, live, e.i64(0)), () => {
      forgetMapped(e, low, written);
      low.callFunction("lookUpAfterStep", undefined);
    });
    // The page may hold something else by now, such as a stack: with nothing cached, nothing comes from it.
    const now = low.f.load("i32", 8, page, PAGE_FLAGS);
    e.if(
      e.ltU(32, now, e.i32(PAGE_STORES)),
      () => low.f.store(8, page, e.add(32, now, e.i32(PAGE_STORE)), PAGE_FLAGS),
      () => {
        e.flushTlb();
        low.f.store(8, page, e.and(32, now, e.i32(PAGE_STORE - 1 - PAGE_WAS_WALKED)), PAGE_FLAGS);
      },
    );
  });
}

/** All bits of the descriptors that are about to change. */
function descriptors(e: Emitter, low: RoutineLowering, { page, offset, last }: Bytes): Value {
  const descriptor = (byte: Value): Value =>
    low.f.load("i64", 64, e.or(32, e.shl(32, page, 12), e.and(32, byte, e.i32(0xff8))), RAM);
  // 16 bytes that are not aligned touch three.
  const second = e.add(32, offset, e.i32(8));
  const middle = e.select(e.ltU(32, second, last), second, last);
  return e.or(64, e.or(64, descriptor(offset), descriptor(middle)), descriptor(last));
}

/** What one descriptor of a page mapped can be forgotten alone. */
function forgetMapped(e: Emitter, low: RoutineLowering, { page, offset, bytes }: Bytes): void {
  const walked = low.f.load("i64", 64, e.shl(32, page, 3), WALKS);
  const alone = e.eq(64, e.and(64, walked, e.i64(GENERATIONS | 1)), low.peek64(ENGINE.generation));
  const one = e.op("i32.le_u", e.add(32, e.and(32, offset, e.i32(7)), bytes), e.i32(8));
  const first = e.and(64, walked, e.i64(-4096n));
  const at = e.shl(64, e.zeroExtend(64, e.and(32, offset, e.i32(0xff8))), 9);
  e.if(
    e.and(32, alone, one),
    () => low.callFunction("forgetPage", undefined, e.add(64, first, at)),
    () => e.flushTlb(),
  );
}
