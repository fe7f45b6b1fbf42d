import { type Emitter, PAGE_FETCH, PAGE_READ, PAGE_WRITE, type Routine } from "../index.ts";

/** As GuestParts.routines.translate. */
export const translate: Routine<Emitter> = {
  name: "translate",
  params: ["i64", "i32"],
  result: "i64",
  body(e, address) {
    e.if(e.ne(64, e.shrU(64, address!, 32), e.i64(0)), () => e.return(e.i64(-1)));
    return e.or(64, e.and(64, address!, e.i64(0xffff_f000)), e.i64(PAGE_READ | PAGE_WRITE | PAGE_FETCH));
  },
};
