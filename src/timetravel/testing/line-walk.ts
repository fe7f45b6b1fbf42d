import { assert } from "../../base/index.ts";
import type { TravelSession } from "../session/travel-session.ts";
import type { FakeHost } from "./fake-host.ts";
import type { Random } from "./random.ts";

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
    private readonly random: Random,
  ) {}

  async walk(moves: number): Promise<void> {
    this.visit("the start");
    for (let count = 0; count < moves; count++) {
      const { session, random } = this;
      const { position, end } = session;
      const [what, move] = random.pick<[string, () => unknown]>([
        ["step", () => session.step()],
        ["step back", () => session.stepBack()],
        ["run", () => session.run({ until: position + random.between(0, 3000) })],
        ["run", () => session.run({ until: position + random.between(0, 30) })],
        ["run back", () => session.runBack()],
        ["seek", () => session.seek(random.between(0, end))],
        ["seek near", () => session.seek(Math.max(0, position - random.between(0, 50)))],
        ["edit", () => this.edit()],
        ["edit", () => this.edit()],
        ["end branch", () => this.endBranch()],
        ["branch", () => this.makeBranch()],
        ["keep", () => session.keep()],
        ["type", () => session.sendSerial(0, Uint8Array.of(random.between(32, 126)))],
        ["last write", () => session.lastWrite(random.between(0, 4000), 8)],
        ["points", () => session.setBreakpoints(new Set([BigInt(random.between(0, 255) * 4)]))],
        ["no points", () => session.setBreakpoints(new Set())],
        ["index", () => session.index()],
      ]);
      this.host.onGiveWay = random.between(0, 9) === 0 ? () => session.interrupt() : undefined;
      // Some begin while another one is on its way.
      const beside = random.between(0, 9) === 0 ? session.keep() : undefined;
      await Promise.resolve(move()).catch((error: unknown) => {
        if (!/interrupted/.test(String(error))) throw error;
      });
      await beside;
      this.host.onGiveWay = undefined;
      this.visit(what);
    }
  }

  private edit(): void {
    const { session, random } = this;
    const { position } = session;
    const bytes = Uint8Array.of(random.between(0, 255));
    if (!session.edit({ kind: "write-memory", physicalAddress: random.between(0, 9000), bytes })) return;
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
