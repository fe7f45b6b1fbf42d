import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ours } from "./ours.ts";
import type { Guest, Kind } from "./kind.ts";
import { Reference } from "./qemu.ts";
import { History, report } from "./report.ts";
import { Rsp } from "./rsp.ts";
import { differing, hex, newState, same } from "./registers.ts";

/** Exceptions are steps of ours and not of QEMU's: so far ahead of QEMU's count ours is looked for. */
const MOST_EXCEPTIONS = 20_000;
const SINGLE_STEPS = 4096;
/** QEMU's log ends with its last event, a timer's for instance, not with its last instruction: recorded beyond the end. */
const MARGIN = 150_000_000;

export interface Recording {
  readonly file: string;
  readonly instructions: number;
  /** The device tree as QEMU's boot loader left it. */
  readonly tree: Uint8Array | undefined;
}

/** A stretch in which the two machines part: QEMU's instruction counts. */
interface Stretch {
  readonly same: number;
  readonly differs: number;
}

/** Finds the first difference by intervals that get smaller; undefined when there is none up to `until`. `ram`: all of it is compared, too. */
export async function bisect(
  guest: Guest,
  interpreter: WebAssembly.Module,
  until: number,
  { ram, log }: { readonly ram: boolean; readonly log: (text: string) => void },
): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-"));
  try {
    const { tree } = guest.kind.ours(guest, interpreter);
    const recording = await record(guest, tree, until, join(folder, "recording"));
    log(`recorded ${recording.instructions} instructions`);
    let stretch: Stretch = { same: 0, differs: Math.min(until, recording.instructions) };
    for (let interval = Math.ceil(stretch.differs / 32); ; interval = Math.ceil(interval / 32)) {
      const narrowed = await withPair(guest, interpreter, tree?.bytes, recording, (pair) =>
        compareEvery(pair, stretch, interval, { ram, log }),
      );
      if (!narrowed) return undefined;
      stretch = narrowed;
      log(`the same at ${stretch.same}, different at ${stretch.differs}`);
      if (interval <= SINGLE_STEPS) break;
    }
    return await withPair(guest, interpreter, tree?.bytes, recording, (pair) => stepThrough(pair, stretch));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Has QEMU record at least so many instructions, or all there are. */
export async function record(guest: Guest, tree: Ours["tree"], until: number, file: string): Promise<Recording> {
  const reference = await Reference.start(guest, tree?.bytes, (folder) => [
    "-icount",
    `shift=0,sleep=${guest.kind.sleep},rr=record,rrfile=${join(folder, "recording")}`,
  ]);
  try {
    const treeBytes = tree && (await reference.memory(tree.address, tree.room));
    await reference.qmp.execute("cont");
    let instructions = -1;
    for (;;) {
      const { icount } = (await reference.qmp.execute("query-replay")) as { icount: number };
      if (icount >= until + MARGIN || icount === instructions) break;
      instructions = icount;
      await sleep(500);
    }
    ({ icount: instructions } = (await reference.qmp.execute("query-replay")) as { icount: number });
    await reference.quit();
    copyFileSync(join(reference.folder, "recording"), file);
    return { file, instructions, tree: treeBytes };
  } finally {
    reference.dispose();
  }
}

/** Both machines at power-on, QEMU replaying. */
class Pair {
  private readonly expected;
  private readonly actual;
  /** Steps that ours is ahead of QEMU's count. */
  private ahead = 0;

  constructor(
    private readonly guest: Guest,
    readonly ours: Ours,
    private readonly reference: Reference,
    private readonly gdb: Rsp,
  ) {
    this.expected = newState(this.kind.registers);
    this.actual = newState(this.kind.registers);
  }

  private get kind(): Kind {
    return this.guest.kind;
  }

  /** Whether the machines agree at an instruction count of QEMU's. */
  async agreeAt(instructions: number): Promise<boolean> {
    if (instructions > 0) await this.gdb.replayTo(instructions);
    await this.gdb.registers(this.kind, this.expected);
    if (!this.ours.runTo(Math.max(this.ours.position, instructions + this.ahead))) return false;
    for (let tries = 0; tries < MOST_EXCEPTIONS; tries++) {
      if (same(this.kind.registers, this.expected, this.ours.read(this.actual))) {
        this.ahead = this.ours.position - instructions;
        return true;
      }
      if (!this.ours.step()) return false;
    }
    return false;
  }

  /** The first address of RAM that has not the same 8 bytes; undefined: all have. */
  async ramDiffersAt(): Promise<number | undefined> {
    const { kind, megabytes } = this.guest;
    const bytes = megabytes * 2 ** 20;
    const theirs = await this.reference.memory(kind.ramBase, bytes);
    const ours = this.ours.machine.cpu.block("ram").read(0, bytes);
    const [a, b] = [theirs, ours].map(({ buffer, byteOffset }) => new BigUint64Array(buffer, byteOffset, bytes / 8));
    const at = a!.findIndex((word, n) => word !== b![n]);
    return at < 0 ? undefined : kind.ramBase + 8 * at;
  }

  /** One instruction of QEMU's, and as many steps of ours as that is; the registers that differ. */
  async stepBoth(): Promise<number[]> {
    await this.gdb.step();
    await this.gdb.registers(this.kind, this.expected);
    this.ours.step();
    const { pc } = this.kind.registers;
    let wrong = differing(this.expected, this.ours.read(this.actual));
    for (let tries = 0; wrong.length > 0 && this.expected[pc] !== this.actual[pc] && tries < 2; tries++) {
      this.ours.step();
      wrong = differing(this.expected, this.ours.read(this.actual));
    }
    return wrong;
  }

  describe(history: History, wrong: readonly number[]): string {
    return report(history, this.expected, this.actual, wrong);
  }

  get pc(): bigint {
    return this.actual[this.kind.registers.pc]!;
  }
}

async function withPair<T>(
  guest: Guest,
  interpreter: WebAssembly.Module,
  dtb: Uint8Array | undefined,
  { file, tree }: Recording,
  work: (pair: Pair) => Promise<T>,
): Promise<T> {
  const reference = await Reference.start(guest, dtb, (folder) => [
    ...["-icount", `shift=0,sleep=${guest.kind.sleep},rr=replay,rrfile=${file}`],
    ...["-gdb", `unix:${join(folder, "gdb")},server=on,wait=off`],
  ]);
  const gdb = await Rsp.connect(join(reference.folder, "gdb"));
  try {
    const ours = guest.kind.ours(guest, interpreter);
    if (tree) ours.takeTree(tree);
    return await work(new Pair(guest, ours, reference, gdb));
  } finally {
    gdb.dispose();
    reference.dispose();
  }
}

/** The first interval of a stretch at whose end the machines differ. */
async function compareEvery(
  pair: Pair,
  { same, differs }: Stretch,
  interval: number,
  { ram, log }: { readonly ram: boolean; readonly log: (text: string) => void },
): Promise<Stretch | undefined> {
  for (let at = same; ; at = Math.min(at + interval, differs)) {
    const stretch = { same: Math.max(same, at - interval), differs: at };
    if (!(await pair.agreeAt(at))) return stretch;
    // At power-on a PC shows its ROM where there is RAM later.
    const address = ram && at > 0 ? await pair.ramDiffersAt() : undefined;
    if (address !== undefined) {
      log(`RAM differs at ${hex(BigInt(address), 8)}`);
      return stretch;
    }
    log(`the same at ${at}, our position ${pair.ours.position}`);
    if (at >= differs) return undefined;
  }
}

async function stepThrough(pair: Pair, { same, differs }: Stretch): Promise<string> {
  if (!(await pair.agreeAt(same))) return `different at ${same}, the same there in another run`;
  const history = new History(pair.ours);
  for (let at = same; at <= differs; at++) {
    history.add(pair.pc);
    const wrong = await pair.stepBoth();
    if (wrong.length > 0) return pair.describe(history, wrong);
  }
  return `no difference between ${same} and ${differs} step by step`;
}
