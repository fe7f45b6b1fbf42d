import { UserError } from "../../base/index.ts";
import type { DebugTarget } from "../target.ts";
import { checkArguments, type Command, type Context, readArguments } from "./command.ts";
import { branches } from "./branches.ts";
import { caller } from "./caller.ts";
import { history } from "./history.ts";
import { helpCommand } from "./help.ts";
import { inspection } from "./inspection.ts";
import { jit } from "./jit.ts";
import { ports } from "./ports.ts";
import { replay } from "./replay.ts";
import { run } from "./run.ts";
import { snapshots } from "./snapshots.ts";
import { symbols } from "./symbols.ts";

/** All commands, in the order that `help` lists; the machine's own come behind them. */
const commands: readonly Command[] = [
  ...run,
  ...replay,
  ...caller,
  ...snapshots,
  ...branches,
  ...history,
  ...inspection,
  ...ports,
  ...symbols,
  ...jit,
];

export interface MonitorResult {
  /** Text for the user, whole lines; empty when there is nothing to say. */
  readonly output: string;
  /** The command asked for the end of the session; the caller ends it when it has shown the output. */
  readonly quit: boolean;
}

/** The human monitor: QEMU's commands, and ours to travel. One line in, text out. */
export class Monitor {
  private readonly table: readonly Command[];

  constructor(private readonly target: DebugTarget) {
    const reports = target.session.machine.reports ?? [];
    const shown = reports.map(({ name, help, text }): Command => ({ name: `info ${name}`, args: "", help, run: text }));
    this.table = [...commands, ...shown, helpCommand(() => this.table)];
  }

  async execute(line: string): Promise<MonitorResult> {
    const words = wordsOf(line);
    if (words[0] === "") return { output: "", quit: false };
    const found = find(this.table, words);
    if (!found) return { output: `unknown command: '${line.trim()}'\n`, quit: false };
    const rest = behind(line.trim(), found.length);
    const context: Context = { target: this.target, session: this.target.session, rest, quit: false };
    try {
      await this.target.present();
      const { command, format } = found;
      const args = command.line ? rest.split(/\s+/).filter((word) => word !== "") : readArguments(rest);
      if (!command.line) checkArguments(command, args);
      const { result, news } = await this.target.command(() => command.run(context, [...format, ...args]));
      const output = [...news, result ?? ""].join("\n");
      return { output: output === "" || output.endsWith("\n") ? output : output + "\n", quit: context.quit };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const prefix = error instanceof UserError ? "Error" : "Internal error";
      return { output: `${prefix}: ${error.message}\n`, quit: false };
    }
  }

  /** Whether the command takes the machine elsewhere, which not everyone may do at any time. */
  moves(line: string): boolean {
    return find(this.table, wordsOf(line))?.command.moves === true;
  }

  /** Commands that begin with `text`: for the Tab key. */
  complete(text: string): string[] {
    return this.table.map((c) => c.name).filter((name) => name.startsWith(text));
  }
}

function wordsOf(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** `text` without its first `count` words. */
function behind(text: string, count: number): string {
  return count === 0 ? text : behind(text.replace(/^\S+\s*/, ""), count - 1);
}

/** The command with the most words that match: "info replay" before "info". `x/4i` is `x` with a format. */
function find(
  table: readonly Command[],
  words: readonly string[],
): { command: Command; format: string[]; length: number } | undefined {
  for (const length of [2, 1]) {
    const [first = "", ...rest] = words.slice(0, length);
    const slash = first.indexOf("/");
    const name = [slash < 0 ? first : first.slice(0, slash), ...rest].join(" ");
    const command = table.find((c) => c.name === name || c.aliases?.includes(name));
    if (!command || (slash >= 0 && !command.takesFormat)) continue;
    return { command, format: slash < 0 ? [] : [first.slice(slash)], length };
  }
  return undefined;
}
