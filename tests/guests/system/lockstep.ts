import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { state, type SystemSlot, systemSlot } from "../../../src/isa/arm64/index.ts";
import { record } from "../../../tools/lockstep/bisect.ts";
import { arm64 } from "../../../tools/lockstep/arm64/kind.ts";
import { Arm64 } from "../../../tools/lockstep/arm64/ours.ts";
import { PC, PSTATE } from "../../../tools/lockstep/arm64/registers.ts";
import { Reference } from "../../../tools/lockstep/qemu.ts";
import { History, report } from "../../../tools/lockstep/report.ts";
import { Rsp } from "../../../tools/lockstep/rsp.ts";
import { differing, hex } from "../../../tools/lockstep/registers.ts";
import { withFolder } from "../../differential/toolchain.ts";

/** Compared whenever control goes elsewhere than to the next instruction. */
const SYSTEM = [
  ...["ESR_EL1", "FAR_EL1", "ELR_EL1", "SPSR_EL1", "PAR_EL1", "VBAR_EL1", "SCTLR_EL1", "TCR_EL1", "MAIR_EL1"],
  ...["TTBR0_EL1", "TTBR1_EL1", "CPACR_EL1", "CNTKCTL_EL1", "MDSCR_EL1"],
] as const satisfies readonly SystemSlot[];

const MOST_STEPS = 100_000;

export interface SystemComparison {
  /** Steps of QEMU's. */
  readonly steps: number;
  readonly difference: string | undefined;
}

/**
 * A bare-metal program on QEMU, step by step over its gdbstub, and on ours; up to the first difference or its power-off.
 * `timed`: QEMU replays, since otherwise its time goes on between steps. But then it gets stuck at some traps from EL0.
 */
export function compareSteps(
  elf: Uint8Array,
  interpreter: WebAssembly.Module,
  { timed }: { readonly timed: boolean },
): Promise<SystemComparison> {
  return withFolder(async (folder) => {
    const kernel = join(folder, "program.elf");
    writeFileSync(kernel, elf);
    const guest = { kind: arm64, kernel, initrd: undefined, append: "", megabytes: 64 };
    const ours = new Arm64(guest, interpreter);
    const file = join(folder, "recording");
    if (timed) await record(guest, undefined, MOST_STEPS, file);
    const reference = await Reference.start(guest, undefined, (at) => [
      ...(timed ? ["-icount", `shift=0,sleep=off,rr=replay,rrfile=${file}`] : []),
      ...["-gdb", `unix:${join(at, "gdb")},server=on,wait=off`],
    ]);
    const gdb = await Rsp.connect(join(reference.folder, "gdb"));
    try {
      return await stepBoth(ours, gdb);
    } finally {
      gdb.dispose();
      reference.dispose();
    }
  });
}

async function stepBoth(ours: Arm64, gdb: Rsp): Promise<SystemComparison> {
  const numbers = await gdb.systemRegisters();
  const history = new History(ours);
  ours.machine.cpu.idleNs -= 1;
  const [expected, actual] = [ours.newState(), ours.newState()];
  ours.read(actual);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const before = actual[PC]!;
    history.add(before);

    if (!(await gdb.step())) return { steps, difference: ours.step() ? "QEMU has ended, ours has not" : undefined };
    await gdb.registers(arm64, expected);
    // An illegal return and the exception that follows it are one step of ours.
    if ((expected[PSTATE]! & ILLEGAL_STATE) !== 0n) {
      await gdb.step();
      await gdb.registers(arm64, expected);
    }
    // QEMU counts an instruction before it asks for the time, but not before a timer is due.
    const late = usesTime(ours.word(before)) ? 1 : 0;
    ours.machine.cpu.idleNs += late;
    const alive = ours.step();
    ours.machine.cpu.idleNs -= late;
    if (!alive) return { steps, difference: ours.word(before) === HVC ? undefined : "only ours has ended" };
    atVector(ours);
    let wrong = differing(expected, ours.read(actual));
    // A wait and what comes after it are one step of QEMU's.
    if (wrong.length > 0 && WAITS.includes(ours.word(before)) && ours.step()) {
      atVector(ours);
      wrong = differing(expected, ours.read(actual));
    }
    if (wrong.length > 0) return { steps, difference: report(history, expected, actual, wrong) };
    if (expected[PC] === before + 4n) continue;
    const lines: string[] = [];
    for (const name of SYSTEM) {
      // QEMU leaves the level out of some names.
      const theirs = await gdb.register(numbers.get(name) ?? numbers.get(name.replace("_EL1", ""))!);
      const mine = ours.machine.cpu.readState(state.system, systemSlot[name]);
      if (theirs !== mine) lines.push(`${name}: ${hex(theirs)}, ours ${hex(mine)}`);
    }
    if (lines.length > 0) return { steps, difference: `${report(history, expected, actual, [])}\n${lines.join("\n")}` };
  }
  return { steps: MOST_STEPS, difference: `no end within ${MOST_STEPS} steps` };
}

/** WFE and WFI. */
const WAITS = [0xd503205f, 0xd503207f];
const HVC = 0xd4000002;
const ILLEGAL_STATE = 1n << 20n;

/** MRS or MSR of a register of the generic timer. */
const usesTime = (word: number): boolean => (word & 0xffdff000) >>> 0 === 0xd51be000;

/** QEMU clears the flags when it takes an exception; the architecture leaves them as they are (AArch64.TakeException). */
function atVector({ machine: { cpu } }: Arm64): void {
  const offset = cpu.pc - cpu.readState(state.system, systemSlot["VBAR_EL1"]);
  if (offset < 0n || offset >= 0x800n || offset % 0x80n !== 0n) return;
  for (let flag = 0; flag < 4; flag++) cpu.writeState(state.flags, 0n, flag);
}
