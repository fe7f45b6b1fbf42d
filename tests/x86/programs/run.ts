import { differences, ProgramCheck } from "./check.ts";
import { makeProgram } from "./generate.ts";
import { NativePrograms, type Placed } from "./native.ts";
import { arenaOfProgram, assemble, type Program } from "./program.ts";
import { describeProgram, shrink } from "./shrink.ts";

/** Undefined: there is no room for it. */
function place(program: Program): Placed | undefined {
  const assembled = assemble(program);
  return assembled && { program, assembled, arena: arenaOfProgram(program, assembled) };
}

export interface ProgramKind {
  readonly long: boolean;
  /** Interrupts come: then there is no reference, and engines are compared with each other. */
  readonly interrupts: boolean;
}

/** Random programs on both engines, beside the reference processor and beside each other. */
export class ProgramRunner {
  readonly check: ProgramCheck;
  private readonly native = new NativePrograms();

  constructor(interpreter: WebAssembly.Module) {
    this.check = new ProgramCheck(interpreter);
  }

  close(): void {
    this.native.close();
  }

  /** So many programs from a seed on: what differs, each cut down to what it takes. */
  run(
    seed: number,
    count: number,
    { long, interrupts }: ProgramKind,
  ): { ran: number; faults: number; failures: string[] } {
    const seeds = Array.from({ length: count }, (_, n) => seed + n);
    const all = seeds.flatMap((one) => {
      const placed = place(makeProgram(one, long));
      return placed ? [{ seed: one, placed }] : [];
    });
    const references = interrupts ? [] : this.native.run(all.map(({ placed }) => placed));
    let faults = 0;
    const failures = all.flatMap(({ seed: own, placed }, n) => {
      const ours = this.check.run(placed, own, { interrupts });
      if (typeof ours !== "string") {
        faults += ours.faults;
        if (interrupts || differences(ours, references[n]!, long).length === 0) return [];
      }
      const difference = this.differs(placed.program, own, interrupts);
      // A host that is itself a guest may show a fault that comes from its own host: it does not come again.
      if (difference === undefined) return [];
      const least = shrink(placed.program, (program) => this.differs(program, own, interrupts) !== undefined);
      const kind = `${long ? "64" : "32"}-bit${interrupts ? " with interrupts" : ""}`;
      return `seed ${own}, ${kind}: ${this.differs(least, own, interrupts) ?? difference}\n${describeProgram(least)}`;
    });
    return { ran: all.length, faults, failures };
  }

  private differs(program: Program, seed: number, interrupts: boolean): string | undefined {
    const placed = place(program);
    if (!placed) return undefined;
    const ours = this.check.run(placed, seed, { interrupts });
    if (typeof ours === "string") return ours;
    if (interrupts) return undefined;
    const found = differences(ours, this.native.run([placed])[0]!, program.long);
    return found.length > 0 ? found.slice(0, 6).join("; ") : undefined;
  }
}
