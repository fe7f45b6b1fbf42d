import { expect, it } from "vitest";
import { smallPrograms } from "../../tools/oracle/programs.mjs";
import { runPrograms } from "../../tools/oracle/run.ts";

// More of them, and larger: npm run soak -- --only debian.
it(
  "Debian's openssl, perl, xz, sqlite3, python3 and a debugger print what they print on QEMU",
  { timeout: 600_000 },
  async () => {
    const { qemu, ours } = await runPrograms(smallPrograms, 280_000);
    for (const { name } of smallPrograms) {
      expect(qemu.get(name), `${name} on QEMU`).toMatch(/\nstatus 0$/);
      expect(ours.get(name), name).toBe(qemu.get(name));
    }
  },
);
