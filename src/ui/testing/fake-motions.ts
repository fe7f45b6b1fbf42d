import type { View } from "../../api/index.ts";
import { UserError } from "../../base/index.ts";
import { resolve } from "./breakpoints.ts";
import { positionOfLine } from "./console.ts";
import { FakeState } from "./fake-state.ts";
import { bootLines, symbols } from "./script.ts";

/** How the made-up machine runs, steps and goes to a place. */
export class FakeMotions extends FakeState {
  run(): Promise<void> {
    void this.start("run", () => {
      const next = this.position + this.instructionsPerSlice;
      if (this.mode === "record" && this.position === this.end) {
        // After the boot the shell idles, and virtual time with it.
        const { busyUntil } = this.console;
        this.extend(busyUntil === undefined ? this.end + 40_000 : Math.min(next, busyUntil));
        this.position = this.end;
        return true;
      }
      this.position = Math.min(next, this.end);
      if (this.position < this.end || this.mode === "record") return true;
      this.stop = { reason: "history-end", text: "End of the recording" };
      return false;
    });
    return Promise.resolve();
  }

  pause(): Promise<void> {
    this.halt();
    this.push();
    return Promise.resolve();
  }
  protected async move(position: number, stop?: View["stop"]): Promise<void> {
    this.halt();
    this.position = Math.max(0, Math.min(this.end, position));
    this.stop = stop;
    this.push();
    await Promise.resolve();
  }

  step(): Promise<void> {
    if (this.mode === "record" && this.position === this.end) this.extend(this.end + 1);
    return this.move(this.position + 1);
  }
  stepBack(): Promise<void> {
    return this.move(this.position - 1);
  }
  async runBack(): Promise<void> {
    const hit = this.breakpoints.any ? Math.floor((this.position - 1) / 37e6) * 37e6 + 1234 : 0;
    await this.start("back", () => false);
    await this.move(
      hit < this.position ? hit : 0,
      hit > 0
        ? { reason: "breakpoint", text: "Breakpoint: start_kernel" }
        : {
            reason: "history-start",
            text: "No break- or watchpoint was hit before: this is the start of history",
          },
    );
  }

  async seek(position: number): Promise<boolean> {
    let left = this.seekSlices;
    let arrived = false;
    const moving = this.start("seek", () => {
      this.target = position;
      arrived = --left <= 0;
      return !arrived;
    });
    const number = this.motions;
    await Promise.race([
      moving,
      new Promise<void>((resolve) => {
        const overtaken = setInterval(() => {
          if (number === this.motions) return;
          clearInterval(overtaken);
          resolve();
        }, 5);
      }),
    ]);
    if (arrived) await this.move(position);
    return arrived;
  }

  /** Understands positions, log times and names. */
  async go(text: string): Promise<boolean> {
    const digits = text.trim().replaceAll(/[,_\s]/g, "");
    if (/^\d+$/.test(digits)) return this.seek(Number(digits));
    const log = /^(\d+\.\d+)$/.exec(digits)?.[1];
    const line = log === undefined ? undefined : bootLines.findIndex(([seconds]) => seconds >= Number(log));
    if (line === -1) throw new UserError("the kernel's log ends before that");
    if (line !== undefined) return this.seek(positionOfLine(line));
    const address = await this.resolve(text).catch(() => {
      throw new UserError(`'${text.trim()}' is not a position`);
    });
    return this.seek(symbols.findIndex(([start]) => start === address) * 1e6);
  }

  async resolve(expression: string): Promise<bigint> {
    return resolve(expression);
  }

  async returnToLive(): Promise<void> {
    await this.move(this.end);
    if (this.mode === "record") await this.run();
  }
}
