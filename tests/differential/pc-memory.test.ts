import { expect, it } from "vitest";
import { AddressSpace } from "../../src/machine/pc/address-space.ts";
import { Qtest } from "./qtest.ts";

const MB = 2 ** 20;

const block = (name: string, bytes: number) => ({
  ...{ name, bytes, firstPage: 0 },
  read: () => new Uint8Array(),
  write: () => {},
});

it("without a graphics card RAM goes on where its window is", async () => {
  const { memory } = new AddressSpace({
    ...{ ram: block("ram", 64 * MB), low: 64 * MB },
    ...{ bios: block("bios", MB / 4), optionRoms: block("option-roms", 128 * 1024) },
  });
  const theirs = new Qtest(["-vga", "none"], "pc");
  try {
    for (const address of [0x9_fffc, 0xa_0000, 0xb_8000, 0xb_fffc, 0x10_0000, 64 * MB - 4, 64 * MB, 0xe000_0000]) {
      await theirs.write(address, 4, 0x1234_5678);
      const remembers = (await theirs.read(address, 4)) === 0x1234_5678;
      const { answer } = memory.find("write", address)!;
      expect("block" in answer, address.toString(16)).toBe(remembers);
    }
  } finally {
    theirs.end();
  }
});
