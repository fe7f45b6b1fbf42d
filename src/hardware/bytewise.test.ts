import { expect, it } from "vitest";
import { bytewise } from "./bytewise.ts";

it("makes wide accesses one byte after the other, the lowest first", () => {
  const seen: string[] = [];
  const device = bytewise({
    name: "registers",
    read: (offset, size) => {
      seen.push(`${offset} is read by ${size}`);
      return 0xf0 + offset;
    },
    write: (offset, size, value) => void seen.push(`${offset} = ${value} by ${size}`),
  });
  expect(device.read(1, 4)).toBe(0xf4f3f2f1);
  device.write(0, 2, 0x1234);
  expect(seen.splice(0, 2)).toEqual(["1 is read by 1", "2 is read by 1"]);
  expect(seen.slice(2)).toEqual(["0 = 52 by 1", "1 = 18 by 1"]);
  expect(device.changesByRead!(0)).toBe(true);
});
