import { ACCESS_UNPRIVILEGED, type Emitter, type Value } from "../../isa/index.ts";
import {
  BANKS,
  ENGINE,
  LAST_GENERATION,
  TLB_BANK_BYTES,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_INDEX_SHIFT,
  TLB_PRIVILEGE_BYTES,
  TLB_TABLE_BYTES,
  TLBS,
} from "../layout.ts";
import { RUN_ENGINE } from "../code/run-layout.ts";
import type { Runtime } from "../interpreter/runtime.ts";

/** The software TLB's own functions: flush, choice of bank, fill. */
export function defineTlb(r: Runtime): void {
  const modes = r.guest.code !== undefined;
  // Forgets everything: what is there is of another generation now.
  r.define("flushTlb", [], undefined, (e, low) => {
    e.if(low.peek32(ENGINE.filled), () => {
      low.poke32(ENGINE.filled, 0);
      const generation = low.peek64(ENGINE.generation);
      e.if(
        e.eq(64, generation, e.i64(LAST_GENERATION)),
        () => {
          low.f.fill(e.i32(TLBS), 0xff, BANKS * TLB_BANK_BYTES);
          low.poke64(ENGINE.generation, e.i64(0));
        },
        () => low.poke64(ENGINE.generation, e.add(64, generation, e.i64(4))),
      );
    });
  });

  r.define("selectAddressSpace", ["i64"], undefined, (e, low, key) => {
    const bank = e.variable(low.peek32(ENGINE.bank));
    // Code of a page is other code in another mode.
    const isOfMode = (b: Value, same: Value): Value => {
      if (!modes) return same;
      const mode = low.f.load("i32", 32, e.shl(32, b, 2), RUN_ENGINE.bankModes);
      return e.and(32, same, e.eq(32, mode, low.peek32(RUN_ENGINE.mode)));
    };
    const held = (b: Value): Value =>
      e.and(
        32,
        low.f.load("i32", 32, e.shl(32, b, 2), ENGINE.bankValid),
        isOfMode(b, e.eq(64, low.f.load("i64", 64, e.shl(32, b, 3), ENGINE.bankKeys), key)),
      );
    e.if(held(e.get(bank)), () => e.return());
    e.set(bank, e.i32(0));
    const searching = e.variable(e.i32(1));
    e.while(
      () => e.and(32, e.get(searching), e.ltU(32, e.get(bank), e.i32(BANKS))),
      () => {
        e.if(
          held(e.get(bank)),
          () => e.set(searching, e.i32(0)),
          () => e.set(bank, e.add(32, e.get(bank), e.i32(1))),
        );
      },
    );
    e.if(e.get(searching), () => {
      const next = low.peek32(ENGINE.nextBank);
      low.poke32(ENGINE.nextBank, e.and(32, e.add(32, next, e.i32(1)), e.i32(BANKS - 1)));
      e.set(bank, next);
      low.f.store(64, e.shl(32, next, 3), key, ENGINE.bankKeys);
      low.f.store(32, e.shl(32, next, 2), e.i32(1), ENGINE.bankValid);
      if (modes) low.f.store(32, e.shl(32, next, 2), low.peek32(RUN_ENGINE.mode), RUN_ENGINE.bankModes);
      low.f.fill(bankAddress(e, next), 0xff, TLB_BANK_BYTES);
    });
    low.poke32(ENGINE.bank, e.get(bank));
    low.callFunction("selectPrivilege", undefined, low.peek32(ENGINE.privilege));
  });

  if (modes)
    r.define("selectMode", ["i32"], undefined, (e, low, mode) => {
      low.poke32(RUN_ENGINE.mode, mode);
      const key = low.f.load("i64", 64, e.shl(32, low.peek32(ENGINE.bank), 3), ENGINE.bankKeys);
      low.callFunction("selectAddressSpace", undefined, key);
    });

  r.define("selectPrivilege", ["i32"], undefined, (e, low, level) => {
    const bank = bankAddress(e, low.peek32(ENGINE.bank));
    low.poke32(ENGINE.privilege, level);
    low.poke32(ENGINE.userTlb, bank);
    low.poke32(ENGINE.tlb, e.select(level, e.add(32, bank, e.i32(TLB_PRIVILEGE_BYTES)), bank));
  });

  // (va, table offset, access, value): enters a translation for the privilege that the access was checked with.
  r.define("fill", ["i64", "i32", "i32", "i32"], undefined, (e, low, va, table, access, value) => {
    const user = e.and(32, access, e.i32(ACCESS_UNPRIVILEGED));
    const base = e.select(user, low.peek32(ENGINE.userTlb), low.peek32(ENGINE.tlb));
    const index = e.and(32, e.shrU(32, e.wrap(va), TLB_INDEX_SHIFT), e.i32((TLB_ENTRIES - 1) * TLB_ENTRY_BYTES));
    const entry = e.add(32, e.add(32, base, table), index);
    low.f.store(64, entry, e.or(64, e.and(64, va, e.i64(-4096n)), low.peek64(ENGINE.generation)));
    low.f.store(32, entry, value, 8);
    low.poke32(ENGINE.filled, 1);
  });

  // (va of a page): forgets what is known of one page, in all address spaces.
  r.define("forgetPage", ["i64"], undefined, (e, low, va) => {
    const index = e.and(32, e.shrU(32, e.wrap(va), TLB_INDEX_SHIFT), e.i32((TLB_ENTRIES - 1) * TLB_ENTRY_BYTES));
    const bank = e.variable(e.i32(0));
    e.while(
      () => e.ltU(32, e.get(bank), e.i32(BANKS)),
      () => {
        e.if(low.f.load("i32", 32, e.shl(32, e.get(bank), 2), ENGINE.bankValid), () => {
          const entry = e.add(32, bankAddress(e, e.get(bank)), index);
          for (let table = 0; table < TLB_BANK_BYTES; table += TLB_TABLE_BYTES) {
            const other = e.xor(64, low.f.load("i64", 64, entry, table), va);
            e.if(e.ltU(64, other, e.i64(4096)), () => low.f.store(64, entry, e.i64(-1), table));
          }
        });
        e.set(bank, e.add(32, e.get(bank), e.i32(1)));
      },
    );
  });
}

function bankAddress(e: Emitter, bank: Value): Value {
  return e.add(32, e.mul(32, bank, e.i32(TLB_BANK_BYTES)), e.i32(TLBS));
}
