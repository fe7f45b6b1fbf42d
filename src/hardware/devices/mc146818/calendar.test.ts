import { expect, it } from "vitest";
import { readTime, writeTime } from "./calendar.ts";
import { Register } from "./registers.ts";

it("the calendar is the Gregorian one, for all years that nanoseconds reach", () => {
  const cmos = new Uint8Array(128);
  for (const mode of [2, 6, 0, 4]) {
    cmos[Register.B] = mode;
    for (let days = -106_000; days < 106_000; days += mode === 2 ? 7 : 97) {
      const seconds = 86_400 * days + ((days * 7919) % 43_200) + 43_200;
      writeTime(cmos, seconds);
      expect(readTime(cmos)).toBe(seconds);
    }
  }
  cmos[Register.B] = 6;
  writeTime(cmos, 951_782_400);
  const { SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR, CENTURY } = Register;
  const fields = [SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR, CENTURY];
  // Tuesday, 29 February 2000.
  expect(fields.map((field) => cmos[field])).toEqual([0, 0, 0, 3, 29, 2, 0, 20]);
});
