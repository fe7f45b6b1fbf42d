import type { Session } from "../timetravel/index.ts";
import { RunControl } from "./control.ts";
import { HitTable } from "./hits.ts";
import type { SymbolTable } from "./symbols/table.ts";
import { KernelSymbols } from "./symbols/kallsyms.ts";

/** What debuggers ask of the program around them. */
export interface DebugHost {
  /** "0.1.0" */
  readonly version: string;
  /** Lets the machine run as if no debugger were there; called while it stands. */
  resume(): void;
  /** Ends the session: `quit`, gdb's `kill`. */
  quit(): void;
  /** One line for the user's console. */
  message(text: string): void;
  /** Keeps a file for the user; absent where there are no files. */
  writeFile?(name: string, bytes: Uint8Array): Promise<void>;
}

/** One session as its debuggers share it. */
export class DebugTarget {
  readonly control: RunControl;
  readonly hits: HitTable;
  private readonly kernel: KernelSymbols;

  constructor(
    readonly session: Session,
    readonly host: DebugHost,
  ) {
    this.control = new RunControl(session);
    this.hits = new HitTable(session);
    this.kernel = new KernelSymbols(session.machine);
  }

  /** The guest kernel's own symbols, as far as its memory shows them here. */
  symbols(): SymbolTable | undefined {
    return this.kernel.current();
  }
}
