import { join } from "node:path";
import { expect, it } from "vitest";
import { KernelSymbols } from "../../src/debug/symbols/kallsyms.ts";
import { registerNamed } from "../../src/machine/index.ts";
import { guest } from "../../tools/guest/index.mjs";
import { arm64 } from "../../tools/lockstep/arm64/kind.ts";
import { Reference } from "../../tools/lockstep/qemu.ts";
import { Rsp } from "../../tools/lockstep/rsp.ts";
import { hex } from "../../tools/lockstep/registers.ts";

/** Beyond the kernel's first system call. */
const FARTHEST = 3e9;

/** Before the scheduler, in a task of its own, and in a system call of the first program. */
const PLACES = ["start_kernel", "kernel_init_freeable", "do_el0_svc"];

/** Each must differ somewhere, or it would not be here. */
const DIFFERENT: readonly (readonly [name: RegExp, why: string])[] = [
  [/^(ID_(PFR|DFR|MMFR|ISAR)\d|MVFR\d_EL1)$/, "our core has no AArch32: docs/decisions/0007-the-cpu.md"],
  [/^SCTLR$/, "QEMU drops what is written to the bits of extensions that the core lacks"],
  [/^SP_EL1$/, "while it is in use QEMU shows what it held when it last was not"],
  [/^(CNTV_CVAL_EL0|TTBR0_EL1)$/, "interrupts come at other instructions, and then other pages are free for tables"],
];

it("debuggers see the system registers that QEMU's gdbstub shows, throughout Debian's boot", async () => {
  const { kernel, initrd } = guest();
  const linux = { kind: arm64, kernel, initrd, append: "console=ttyAMA0 nokaslr", megabytes: 256 };
  const ours = arm64.ours(linux, await arm64.interpreter());
  const { machine } = ours;
  const reference = await Reference.start(linux, ours.tree?.bytes, (folder) => [
    ...["-icount", "shift=0,sleep=off", "-gdb", `unix:${join(folder, "gdb")},server=on,wait=off`],
  ]);
  const gdb = await Rsp.connect(join(reference.folder, "gdb"));
  try {
    ours.takeTree(await reference.memory(ours.tree!.address, ours.tree!.room));
    const numbers = await gdb.systemRegisters();
    const symbols = new KernelSymbols(machine).current()!;
    const needed = new Set<number>();
    for (const place of PLACES) {
      const address = symbols.find(place)!;
      await gdb.runTo(address);
      machine.setBreakpoints(new Set([address]));
      expect(machine.run(FARTHEST, { kind: "stop", told: [] }).kind, place).toBe("breakpoint");
      const different = new Map<string, string>();
      let compared = 0;
      for (const [name, number] of numbers) {
        const mine = registerNamed(machine.debug, name);
        if (mine?.group !== "system") continue;
        compared++;
        const theirs = await gdb.register(number);
        const bytes = machine.debug.readRegister(mine.number);
        const value = new DataView(bytes.buffer).getBigUint64(0, true);
        if (theirs === value) continue;
        const known = DIFFERENT.findIndex(([pattern]) => pattern.test(name));
        if (known < 0) different.set(name, `${hex(theirs)}, ours ${hex(value)}`);
        else needed.add(known);
      }
      expect(different, place).toEqual(new Map());
      expect(compared).toBeGreaterThan(100);
    }
    expect(needed.size).toBe(DIFFERENT.length);
  } finally {
    gdb.dispose();
    reference.dispose();
  }
}, 300_000);
