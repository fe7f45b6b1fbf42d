import { beforeEach, describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, UserError } from "../../../base/index.ts";
import { CfiFlash } from "./cfi-flash.ts";
import { Command, CONFIRM, READY, SECTOR_BYTES } from "./registers.ts";

const memory = new Uint8Array(2 * SECTOR_BYTES);
let shown = true;
let flash: CfiFlash;
beforeEach(() => {
  memory.fill(0);
  flash = new CfiFlash(0, {
    read: (offset, length) => memory.slice(offset, offset + length),
    write: (offset, bytes) => memory.set(bytes, offset),
    show: (now) => (shown = now),
  });
});
const tell = (offset: number, ...commands: number[]): void =>
  commands.forEach((c) => flash.write(offset, 4, c * 65537));

describe("CfiFlash", () => {
  it("says what it is, and shows its cells again", () => {
    tell(0x154, Command.QUERY);
    expect(shown).toBe(false);
    expect([0x10, 0x11, 0x12].map((word) => String.fromCharCode(flash.read(4 * word, 1))).join("")).toBe("QRY");
    tell(0, Command.READ_ARRAY, Command.READ_ID);
    expect([flash.read(0, 4), flash.read(4, 4)]).toEqual([0x890089, 0x180018]);
    tell(0, Command.READ_ARRAY);
    expect(shown).toBe(true);
  });

  it("erases a sector and programs words", () => {
    memory.fill(0x11);
    tell(SECTOR_BYTES + 4, Command.ERASE, CONFIRM);
    expect(flash.read(0, 4)).toBe(READY * 65537);
    expect([...memory.subarray(SECTOR_BYTES - 1, SECTOR_BYTES + 1), memory.at(-1)]).toEqual([0x11, 0xff, 0xff]);
    tell(8, Command.PROGRAM);
    flash.write(8, 4, 0x12345678);
    expect(Buffer.from(memory.subarray(8, 12)).toString("hex")).toBe("78563412");
  });

  it("programs a buffer when it is confirmed, and not when a word was for another block", () => {
    const fill = (second: number): void => {
      tell(0x1000, Command.WRITE_BUFFER);
      flash.write(0x1000, 4, 0x10001);
      flash.write(0x1000, 4, 1);
      flash.write(second, 4, 2);
      tell(0x1000, CONFIRM);
    };
    fill(0x2000);
    expect([memory[0x1000], memory[0x2000]]).toEqual([0, 0]);
    tell(0, Command.CLEAR_STATUS);
    fill(0x1ffc);
    expect([memory[0x1000], memory[0x1ffc]]).toEqual([1, 2]);
  });

  it("goes on in the middle of a command after it was loaded, and refuses a damaged state", () => {
    tell(0, Command.WRITE_BUFFER);
    flash.write(0x1000, 4, 0);
    const saved = new ByteWriter();
    flash.save(saved);
    const bytes = saved.finish();
    flash.reset();
    expect(shown).toBe(true);
    flash.load(new ByteReader(bytes));
    expect(shown).toBe(false);
    flash.write(0x1004, 4, 7);
    tell(0, CONFIRM);
    expect(memory[0x1004]).toBe(7);
    bytes[1] = 9;
    expect(() => flash.load(new ByteReader(bytes))).toThrow(UserError);
  });
});
