import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFolder } from "../differential/toolchain.ts";
import { hindsightCommand, hindsightSystem } from "./command-line.ts";

/** PIIX4's power management at 0x600, as firmware puts it there. */
const PM_AT_600 = ["o/w 0xcf8 0x80000b40", "o/w 0xcfc 0x601", "o/w 0xcf8 0x80000b80", "o/b 0xcfc 1"];

describe("what is written to a port in the monitor may end the machine, as when the guest writes it", () => {
  it.each([
    ["the guest's own status", ["o/b 0x501 3"], 7, ["-S"]],
    ["its own status, while it runs", ["o/b 0x501 4"], 9, []],
    ["power off", [...PM_AT_600, "o/h 0x604 0x2000"], 0, ["-S"]],
    ["a reset, with -no-reboot", ["o/b 0xcf9 6"], 0, ["-S", "-no-reboot"]],
  ])("%s", { timeout: 60_000 }, (_, lines, status, options) =>
    withFolder(async (folder) => {
      const file = join(folder, "ports.hindsight");
      const machine = hindsightSystem(
        "x86_64",
        ...["-m", "16", "-display", "none", "-vga", "none", "-serial", "null", "-device", "isa-debug-exit"],
        ...["-icount", `shift=0,rr=record,rrfile=${file}`, "-monitor", "stdio", ...options],
      );
      try {
        await machine.until("(qemu) ");
        machine.type(`${lines.join("\n")}\n`);
        expect(await machine.exit).toBe(status);
        const verified = hindsightCommand("verify", file);
        expect([await verified.exit, verified.output]).toEqual([0, expect.stringContaining("equal: ")]);
      } finally {
        machine.end();
      }
    }),
  );
});
