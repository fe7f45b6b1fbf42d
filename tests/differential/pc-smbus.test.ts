import { expect, it } from "vitest";
import { Piix4Smbus } from "../../src/hardware/devices/piix4-smbus/piix4-smbus.ts";
import { SpdEeproms } from "../../src/hardware/devices/spd-eeproms/spd-eeproms.ts";
import { seeded } from "../../src/hardware/testing/sample.ts";
import { Qtest } from "./qtest.ts";

const BASE = 0xb100;
const [STATUS, CONTROL, COMMAND, ADDRESS, DATA0, DATA1, BLOCK, AUXILIARY] = [0, 2, 3, 4, 5, 6, 7, 0xd] as const;
const [KILL, START] = [2, 0x40] as const;
const I2C_BLOCK_READ = 6;

/** The SMBus answers when the function decodes ports. */
async function decode(theirs: Qtest): Promise<void> {
  await theirs.writePort(0xcf8, 0x8000_0b04, 4);
  await theirs.writePort(0xcfc, 1, 2);
}

it.each([1, 2, 3, 4])("SMBus and its memories: random use and resets, seed %i", async (seed) => {
  const random = seeded(seed);
  const theirs = new Qtest([], "pc");
  try {
    await decode(theirs);
    const eeproms = new SpdEeproms();
    const smbus = new Piix4Smbus(eeproms);
    const log: string[] = [];
    const write = async (offset: number, value: number): Promise<void> => {
      log.push(`${offset} = ${value.toString(16)}`);
      smbus.write(offset, 1, value);
      await theirs.writePort(BASE + offset, value);
    };
    const read = async (offset: number): Promise<number> => {
      const [got, wanted] = [smbus.read(offset, 1), await theirs.readPort(BASE + offset)];
      log.push(`${offset} is ${wanted.toString(16)}`);
      expect(got.toString(16), log.slice(-30).join("\n")).toBe(wanted.toString(16));
      return wanted;
    };
    for (let step = 0; step < 3000; step++) {
      const address = random(4) ? 0xa0 + random(16) : random(2) ? random(256) : random(2);
      switch (random(12)) {
        case 0:
          await write(ADDRESS, address);
          break;
        case 1:
          await write(COMMAND, random(256));
          break;
        case 2:
          await write(DATA0, random(2) ? random(256) : random(34));
          break;
        case 3:
          await write(DATA1, random(256));
          break;
        case 4:
          for (let n = random(5); n >= 0; n--) await write(BLOCK, random(40));
          break;
        case 5:
          if (random(4) === 0) await write(AUXILIARY, random(4));
          break;
        case 6:
          await write(STATUS, random(3) ? 0xff : random(256));
          break;
        case 7:
        case 8: {
          // QEMU does not end the conversation with the device where a block is killed that is read byte by byte.
          const control = random(256);
          const mayKill = control & START && ((control >> 2) & 7) !== I2C_BLOCK_READ;
          await write(CONTROL, mayKill ? control : control & ~KILL);
          break;
        }
        case 9:
          if (random(40) === 0) {
            await theirs.reset();
            await decode(theirs);
            smbus.reset();
            eeproms.reset();
            log.push("reset");
          }
          break;
        default:
          await read([STATUS, STATUS, BLOCK, BLOCK, CONTROL, COMMAND, ADDRESS, DATA0, DATA1, random(16)][random(10)]!);
      }
    }
  } finally {
    theirs.end();
  }
});
