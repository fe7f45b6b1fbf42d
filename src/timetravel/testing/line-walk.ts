import fc from "fast-check";
import { assert } from "../../base/index.ts";
import type { DebuggerEdit } from "../../hardware/index.ts";
import type { TravelSession } from "../session/travel-session.ts";
import type { FakeHost } from "./fake-host.ts";
import { anyNumber, between, once } from "./walks.ts";

/** What is done: some of it more often. */
const actions = [
  ...["step", "step back", "run", "run shortly", "run back", "seek", "seek near", "edit", "edit", "end branch"],
  ...["branch", "keep", "type", "last write", "points", "no points", "index"],
] as const;

export interface LineMove {
  readonly what: (typeof actions)[number];
  readonly by: number;
  readonly byte: number;
  /** It is interrupted as soon as it gives way to the host. */
  readonly interrupted: boolean;
  /** Keyframes are stored meanwhile. */
  readonly keeping: boolean;
}

export const lineMove: fc.Arbitrary<LineMove> = fc.record({
  what: fc.constantFrom(...actions),
  by: anyNumber,
  byte: fc.nat(255),
  interrupted: once(10),
  keeping: once(10),
});

/** State hashes that were seen, by position: each position has one, for good. */
type Seen = Map<number, string>;

/**
 * A session that moves at random through recorded history and its branches, edits, keeps, searches and is interrupted. It
 * knows nothing of how that is done: only that a position of a line of history names one state.
 */
export class LineWalker {
  /** Of recorded history. */
  seen: Seen = new Map();
  /** The throw-away branch that is shown. */
  private branch: { from: number; seen: Seen } | undefined;
  private branches = 0;
  private readonly done: string[] = [];

  constructor(
    private readonly session: TravelSession,
    private readonly host: FakeHost,
  ) {}

  async walk(moves: readonly LineMove[]): Promise<void> {
    this.visit("the start");
    for (const move of moves) {
      const { session, host } = this;
      host.onGiveWay = move.interrupted ? () => session.interrupt() : undefined;
      // Some begin while another one is on its way.
      const beside = move.keeping ? session.keep() : undefined;
      await this.make(move).catch((error: unknown) => {
        if (!/interrupted/.test(String(error))) throw error;
      });
      await beside;
      host.onGiveWay = undefined;
      this.visit(move.what);
    }
  }

  private async make({ what, by, byte }: LineMove): Promise<unknown> {
    const { session } = this;
    const { position, end } = session;
    switch (what) {
      case "step":
        return session.step();
      case "step back":
        return session.stepBack();
      case "run":
        return session.run({ until: position + between(by, 0, 3000) });
      case "run shortly":
        return session.run({ until: position + between(by, 0, 30) });
      case "run back":
        return session.runBack();
      case "seek":
        return session.seek(between(by, 0, end));
      case "seek near":
        return session.seek(Math.max(0, position - between(by, 0, 50)));
      case "edit":
        return this.edit(this.editOf(by, byte));
      case "end branch":
        return this.endBranch();
      case "branch":
        return this.makeBranch();
      case "keep":
        return session.keep();
      case "type":
        return session.send(0, Uint8Array.of(between(byte, 32, 126)));
      case "last write":
        return session.lastWrite(between(by, 0, 4000), 8);
      case "points":
        return session.setBreakpoints(new Set([BigInt(byte * 4)]));
      case "no points":
        return session.setBreakpoints(new Set());
      case "index":
        return session.index();
    }
  }

  private editOf(by: number, byte: number): DebuggerEdit {
    const port = { port: byte & 3, size: 1 } as const;
    if (byte % 8 === 6) return { kind: "read-port", ...port };
    if (byte % 8 === 7) return { kind: "write-port", ...port, value: byte };
    return { kind: "write-memory", physicalAddress: between(by, 0, 9000), bytes: Uint8Array.of(byte) };
  }

  private edit(edit: DebuggerEdit): void {
    const { session } = this;
    const { position } = session;
    if (!session.edit(edit)) return;
    const { branchedAt } = session;
    if (branchedAt === undefined) return;
    const { from = position, seen = new Map<number, string>() } = this.branch ?? {};
    this.branch = { from, seen: new Map([...seen].filter(([at]) => at <= position)) };
  }

  private async endBranch(): Promise<void> {
    if (!this.branch) return;
    await this.session.endBranch();
    this.branch = undefined;
  }

  /** The branch becomes what is recorded. */
  private async makeBranch(): Promise<void> {
    if (this.branches === 4 || this.session.recordingName === undefined) return;
    const { position } = this.session;
    await this.session.branch(`branch-${++this.branches}`);
    const [from, own] = this.branch ? [this.branch.from, this.branch.seen] : [position, new Map<number, string>()];
    this.seen = new Map([...[...this.seen].filter(([at]) => at <= from), ...own]);
    this.branch = undefined;
  }

  private visit(what: string): void {
    const { position, branchedAt, end } = this.session;
    const hash = this.session.stateHash();
    this.done.push(`${what}: ${position} of ${end}${branchedAt === undefined ? "" : ` from ${branchedAt}`}`);
    const told = (): string => this.done.slice(-12).join("; ");
    // Whoever goes back behind its beginning has left the branch.
    if (this.branch && position <= this.branch.from) this.branch = undefined;
    assert(branchedAt === this.branch?.from, `the branch of ${this.branch?.from}, after ${told()}`);
    const seen = (this.branch ?? this).seen;
    const before = seen.get(position);
    assert(before === undefined || before === hash, `another state at ${position}, after ${told()}`);
    seen.set(position, hash);
  }
}
