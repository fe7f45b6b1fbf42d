import { messageOf } from "../base/index.ts";
import type { Asking } from "./asking.ts";
import { formatPosition } from "./format.ts";
import type { Jumps, Place } from "./jumps.ts";
import type { Page } from "./page.ts";
import { Seeks } from "./seeks.ts";

/** How long it is said what is wrong with a position that was typed. */
const unreadMs = 10_000;

/** How the user moves the machine through time. Jumps can be undone by the browser's Back, steps go with the last jump. */
export class Motions {
  readonly seeks: Seeks;
  /** Where the user was when a drag began. */
  private draggedFrom: Place | undefined;
  private unreadTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly page: Page,
    private readonly asking: Asking,
    readonly jumps: Jumps,
  ) {
    this.seeks = new Seeks(page.api, page.model, () => page.changed());
  }

  /** Moves the machine, unless an attached gdb holds it: then asks first. A seek that waits for its turn is overtaken. */
  travel(what: string, look: number | undefined, move: () => Promise<unknown>): void {
    this.asking.ask(what, look, () => {
      this.seeks.forget();
      return move();
    });
  }
  /** The same for a motion that counts from where the last seek goes. */
  private follow(what: string, move: () => Promise<void>): void {
    this.asking.ask(what, undefined, () => this.seeks.after(move));
  }
  toggleRun(): void {
    const { view } = this.page.model;
    if (view.motion !== "none") return this.pause();
    const run = (): Promise<void> => this.page.api.run();
    // At the live end there is nothing to come back to.
    this.follow("Run from here?", view.position < view.end ? () => this.jumps.leap(run) : run);
  }
  private pause(): void {
    this.seeks.forget();
    void this.page.attempt(this.page.api.pause());
  }
  step(): void {
    this.follow("Step it here?", () => this.page.api.step());
  }
  stepBack(): void {
    this.follow("Step it back here?", () => this.page.api.stepBack());
  }
  runBack(): void {
    this.follow("Run it back here?", () => this.jumps.leap(() => this.page.api.runBack()));
  }
  /** Goes where the text of the position field says; what is wrong with it is said beside the field. */
  go(text: string, arrived: () => void): void {
    this.travel(`Go to ${text.trim()}?`, undefined, async () => {
      try {
        await this.jumps.leap(() => this.page.api.go(text));
        arrived();
      } catch (error) {
        this.sayUnread(messageOf(error));
      }
    });
  }
  private sayUnread(why: string): void {
    this.page.model.unread = why;
    clearTimeout(this.unreadTimer);
    this.unreadTimer = setTimeout(() => {
      this.page.model.unread = undefined;
      this.page.changed();
    }, unreadMs);
    this.page.changed();
  }
  /** By the browser's Back or Forward. */
  travelTo(place: Place): void {
    if (place !== "live") return this.moveTo(place);
    this.page.model.cursor = undefined;
    this.travel("Return to the live end?", undefined, () => this.page.api.returnToLive());
  }
  returnToLive(): void {
    this.page.model.refused = false;
    const onlyLooked = this.page.model.cursor !== undefined && !this.seeks.active;
    const from = this.jumps.here();
    this.page.model.cursor = undefined;
    if (onlyLooked) return this.page.changed();
    if (this.page.model.view.mode === "play") return this.seek(this.page.model.view.end);
    this.travel("Return to the live end?", undefined, () => {
      this.jumps.jump("live", from);
      return this.page.api.returnToLive();
    });
  }
  /** While dragging: the console follows at once, the machine as fast as it can. */
  drag(position: number): void {
    if (!this.page.model.dragging) this.draggedFrom = this.jumps.here();
    this.page.model.cursor = position;
    this.page.model.dragging = true;
    if (this.page.model.view.bridge.kind !== "attached") void this.page.attempt(this.seeks.request(position));
    this.page.changed();
  }
  /** The drag ended. */
  drop(position: number): void {
    this.page.model.dragging = false;
    this.seek(position, this.draggedFrom);
  }
  /** Undoes a click that turned out to be the half of something else. */
  undoSince(jumps: number): void {
    if (this.page.model.question !== undefined) return this.asking.forgetQuestion();
    this.jumps.undoSince(jumps);
  }

  /** A jump: Back undoes it. `from`: where the user was, if not here. */
  seek(position: number, from: Place = this.jumps.here()): void {
    this.moveTo(position, (target) => void this.jumps.jump(target, from));
  }
  /** A step or a stride. */
  stride(position: number): void {
    this.moveTo(position);
  }

  private moveTo(position: number, begin?: (target: number) => void): void {
    const { model } = this.page;
    const target = Math.max(0, Math.min(model.view.end, Math.round(position)));
    model.cursor = target;
    this.travel(`Move it to ${formatPosition(target)}?`, target, () => {
      begin?.(target);
      return this.seeks.request(target);
    });
    this.page.changed();
  }
}
