import { EventEmitter, UserError } from "../base/index.ts";
import type { DroppedBranch, Session } from "../timetravel/index.ts";
import { RunControl } from "./control.ts";
import { HitTable } from "./hits.ts";
import { Jobs } from "./qmp/jobs.ts";
import { RunState } from "./run-state.ts";
import { callFrameSection } from "./symbols/call-frames.ts";
import { writeSymbolFile } from "./symbols/elf.ts";
import type { SymbolFile } from "./symbols/symbol-file.ts";
import type { SymbolTable } from "./symbols/table.ts";
import { type KernelPlace, KernelSymbols } from "./symbols/kallsyms.ts";

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
  /** Milliseconds since 1970, with fractions, for the time stamps of QMP's events; absent where nobody knows. */
  realTimeMs?(): number;
  /** What `-name` called the machine. */
  readonly machineName?: string;
}

/** One session as its debuggers share it. */
export class DebugTarget {
  readonly control: RunControl;
  readonly hits: HitTable;
  readonly state: RunState;
  readonly jobs = new Jobs();
  /** How the monitors write instructions; undefined: as usual. */
  syntax: string | undefined;
  private readonly kernel: KernelSymbols;
  private file: SymbolFile | undefined;
  private readonly news = new EventEmitter<string>();
  /** Lines that whoever moves the machine must not miss. */
  readonly onNews = this.news.on.bind(this.news);
  /** Monitor commands in progress: they answer with the news themselves. */
  private commands = 0;

  constructor(
    readonly session: Session,
    readonly host: DebugHost,
  ) {
    this.control = new RunControl(session);
    this.hits = new HitTable(session);
    this.state = new RunState(session, this.control);
    this.kernel = new KernelSymbols(session.machine);
    session.onBranchDropped((branch) => {
      const line = describeDropped(branch);
      if (this.commands === 0) host.message(line);
      this.news.emit(line);
    });
  }

  /** Runs a monitor command; resolves to what it says, and to the news of it. */
  async command<T>(run: () => T | Promise<T>): Promise<{ readonly result: T; readonly news: readonly string[] }> {
    const news: string[] = [];
    const listening = this.onNews((line) => news.push(line));
    this.commands++;
    try {
      return { result: await run(), news };
    } finally {
      this.commands--;
      listening.dispose();
    }
  }

  /** News come with the answer to a command. */
  get answering(): boolean {
    return this.commands > 0;
  }

  /** The machine stands where its user left it: a page indexes history behind their back. */
  async present(): Promise<void> {
    if (this.session.activity === "index") await this.control.exclusive(async () => {});
  }

  /** Ends the session by its user's wish, and says so. */
  quit(): void {
    this.state.shutdown("host-qmp-quit");
    this.host.quit();
  }

  /**
   * The guest kernel's symbols: its own, as its memory shows them here or showed them last, or those of a file instead, which
   * has more of them.
   */
  symbols(): SymbolTable | undefined {
    const own = this.kernel.latest();
    if (own === undefined || this.file === undefined) return own;
    try {
      return this.file.forGuest(own);
    } catch (error) {
      // Another kernel has been booted since.
      if (error instanceof UserError) return own;
      throw error;
    }
  }

  /** Takes symbols from a file for as long as the machine lives. Throws a UserError when they are not of its kernel. */
  useSymbols(file: SymbolFile): void {
    const own = this.kernel.current();
    if (own === undefined) throw new UserError("the guest's memory shows no kernel here that symbols could be of");
    file.forGuest(own);
    this.file = file;
  }

  /** Where that kernel runs; may take a search of its memory. */
  kernelPlace(): KernelPlace | undefined {
    return this.kernel.place();
  }

  /** The guest's own symbols as a file for gdb's `symbol-file`, with where callers are; undefined where there are none. */
  symbolFile(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly count: number } | undefined {
    const table = this.kernel.current();
    if (table === undefined) return undefined;
    const { debug } = this.session.machine;
    const frames = callFrameSection(table, debug, (address, length) => this.kernel.read(table, address, length));
    return { bytes: writeSymbolFile(table, debug.linux, frames), count: table.size };
  }
}

function describeDropped({ from, end, names, anew }: DroppedBranch): string {
  const lost = names.map((name) => `'${name}'`).join(", ");
  const also = names.length === 0 ? "" : `, and with it snapshot${names.length === 1 ? "" : "s"} ${lost}`;
  if (anew === undefined)
    return `the throw-away branch that began at position ${from} is dropped, up to position ${end}${also}: this is history before it`;
  return `the throw-away branch that began at position ${from} goes on anew from position ${anew}: what came after is dropped, up to position ${end}${also}`;
}
