import type { TranslationService } from "../../../src/engine/index.ts";
import { buildInterpreter } from "../../../src/engine/interpreter/interpreter.ts";
import { Translator } from "../../../src/engine/translator/index.ts";
import { x86 } from "../../../src/isa/x86/index.ts";
import { translateNow } from "../../differential/core.ts";
import { Ours } from "./ours.ts";
import { assembleProgram, type Program, START } from "./program.ts";
import { Reference, type ReferenceMachine } from "./reference.ts";
import { differing } from "./registers.ts";

const MOST_STEPS = 4000;
/** Of RAM, where both engines run a program. */
const COMPARED_BYTES = 1 << 20;
/** Of a program that fails, what is told: where it was. */
const HISTORY = 6;

let built: WebAssembly.Module | undefined;
export const interpreter = (): WebAssembly.Module =>
  (built ??= new WebAssembly.Module(Uint8Array.from(buildInterpreter(x86, { optimize: false }).wasm)));

export interface Outcome {
  /** The first step after which the machines differ, and in what; undefined: none. */
  readonly difference: string | undefined;
  readonly steps: number;
  /** How it ended: in an endless loop, in a shutdown, after the steps that it should make, or not. */
  readonly end: "loop" | "shutdown" | "steps" | "none";
  readonly ours: Ours;
}

export interface Options {
  readonly machine?: ReferenceMachine;
  /** What ours runs on, if the program needs devices. */
  readonly board?: (program: Program) => Ours;
  /** Of a program that need not end: how many are compared. */
  readonly steps?: number;
  /** A difference that registers do not show, looked for after each step. */
  readonly also?: (ours: Ours, theirs: Reference) => Promise<string | undefined>;
}

/**
 * Runs a program beside the reference, step by step, to a jump to itself or a shutdown. `memory`: parts that are compared
 * in the end.
 */
export async function runBeside(
  source: string,
  memory: readonly (readonly [address: number, length: number])[] = [],
  { machine, board, steps: enough = MOST_STEPS, also }: Options = {},
): Promise<Outcome> {
  const program = await assembleProgram(source);
  const ours = board ? board(program) : Ours.bare(interpreter(), program, machine?.model);
  const theirs = await Reference.start(program, machine);
  const places: string[] = [];
  try {
    for (let steps = 0; steps < enough; steps++) {
      const before = ours.registers().values;
      const at = `${before.get("cs")!.toString(16)}:${before.get("rip")!.toString(16)}`;
      places.push(at);
      ours.step();
      await theirs.step();
      const [own, other] = [ours.registers(), await theirs.registers()];
      // It has been reset, and has made the first jump again.
      const reset = other.values.get("rip") === BigInt(START) && other.values.get("cs") === 0n;
      if (ours.shutDown && reset) return { difference: undefined, steps, end: "shutdown", ours };
      const wrong = differing(own, other);
      if (ours.shutDown) wrong.unshift("ours is shut down");
      const more = await also?.(ours, theirs);
      if (more !== undefined) wrong.push(more);
      if (wrong.length > 0) {
        const bytes = Buffer.from(ours.memory(Number(before.get("rip")! & 0xf_ffffn), 8)).toString("hex");
        const where = `step ${steps}, at ${places.slice(-HISTORY).join(" ")}, ${bytes}`;
        return { difference: `${where}\n${wrong.join("\n")}`, steps, end: "none", ours };
      }
      const loops = own.values.get("rip") === before.get("rip") && own.values.get("cs") === before.get("cs");
      const self = ours.memory(Number(before.get("rip")! & 0xf_ffffn), 2);
      if (loops && self[0] === 0xeb && self[1] === 0xfe) {
        const wrongBytes = await compareMemory(ours, theirs, memory);
        return { difference: wrongBytes, steps, end: "loop", ours };
      }
    }
    if (enough < MOST_STEPS) {
      const difference = (await compareMemory(ours, theirs, memory)) ?? translatedOtherwise(program, ours);
      return { difference, steps: enough, end: "steps", ours };
    }
    return {
      difference: `it does not end, at ${places.slice(-HISTORY).join(" ")}`,
      steps: MOST_STEPS,
      end: "none",
      ours,
    };
  } finally {
    theirs.dispose();
  }
}

async function compareMemory(
  ours: Ours,
  theirs: Reference,
  parts: readonly (readonly [number, number])[],
): Promise<string | undefined> {
  for (const [address, length] of parts) {
    const [own, other] = [ours.memory(address, length), await theirs.memory(address, length)];
    for (let n = 0; n < length; n++)
      if (own[n] !== other[n])
        return `at ${(address + n).toString(16)}: ours ${own[n]!.toString(16)}, theirs ${other[n]!.toString(16)}`;
  }
  return undefined;
}

let translator: Translator | undefined;
const atOnce: TranslationService = {
  request: (requests, done) => done(translateNow((translator ??= new Translator(x86)), requests)),
};

/** What is different where translated code has made the same steps. */
function translatedOtherwise(program: Program, ours: Ours): string | undefined {
  const translated = Ours.bare(interpreter(), program, undefined, atOnce);
  translated.runTo(ours.cpu.position);
  const [own, other] = [ours, translated].map(({ cpu }) => Buffer.from(cpu.saveState()));
  if (!own!.equals(other!))
    return `translated: ${differing(translated.registers(), ours.registers()).join(", ")}, or more`;
  const [all, its] = [ours, translated].map((one) => Buffer.from(one.memory(0, COMPARED_BYTES)));
  return all!.equals(its!) ? undefined : "translated: other memory";
}

/** Where programs that are run as a whole end. */
const DONE = START + 8;
/** What a program that is run as a whole begins with; it ends by a jump to `done`. */
const WHOLE = `jmp begin
    .org ${DONE - START}
    done: jmp done
    begin:
`;
const MOST_WHOLE = 200_000;

/** The same, but compared at the end only: where the reference does other things when it is single-stepped. */
export async function runWhole(source: string, memory: Parameters<typeof compareMemory>[2]): Promise<Outcome> {
  const program = await assembleProgram(WHOLE + source);
  const ours = Ours.bare(interpreter(), program);
  const theirs = await Reference.start(program);
  try {
    const { cpu } = ours;
    while (Number(cpu.pc) !== DONE && cpu.position < MOST_WHOLE) cpu.run(cpu.position + 1);
    const steps = cpu.position;
    if (steps >= MOST_WHOLE) return { difference: "it does not end", steps, end: "none", ours };
    await theirs.runTo(DONE);
    const wrong = differing(ours.registers(), await theirs.registers());
    const difference =
      wrong.join("\n") || (await compareMemory(ours, theirs, memory)) || translatedOtherwise(program, ours);
    return { difference, steps, end: "loop", ours };
  } finally {
    theirs.dispose();
  }
}
