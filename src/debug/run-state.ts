import { EventEmitter } from "../base/index.ts";
import type { Session, TravelStop } from "../timetravel/index.ts";
import type { RunControl } from "./control.ts";

/** QEMU's names. "prelaunch": not run yet; "suspended": to RAM, which only time and its user end; "debug": stopped by a break- or watchpoint; "shutdown": at its end. */
export type RunStatus = "prelaunch" | "running" | "suspended" | "paused" | "debug" | "shutdown";

export type RunEvent =
  | { readonly kind: "resume" | "stop" | "suspend" | "wakeup" }
  /** `reason`: in QEMU's words, such as "guest-shutdown" or "host-qmp-quit". */
  | { readonly kind: "shutdown" | "reset"; readonly guest: boolean; readonly reason: string };

/** Whether the machine runs, and the news of it, for all who debug it. */
export class RunState {
  private standing: RunStatus = "prelaunch";
  private wasRunning = false;
  private shutdownTold = false;
  private readonly events = new EventEmitter<RunEvent>();
  readonly onEvent = this.events.on.bind(this.events);

  constructor(
    private readonly session: Session,
    control: RunControl,
  ) {
    session.onChange(() => this.look());
    const { machine } = session;
    const others = machine.onEvent;
    machine.onEvent = (event, position) => {
      others?.(event, position);
      if (event === "reset") this.tell({ kind: "reset", guest: true, reason: "guest-reset" });
      else if (event === "suspend") this.tell({ kind: "suspend" });
      else if (event === "wake") this.tell({ kind: "wakeup" });
    };
    control.onStop((stop) => this.stopped(stop));
  }

  /** Indexing goes on behind the user's back: the machine that they see stands. */
  get running(): boolean {
    const { activity } = this.session;
    return activity !== undefined && activity !== "index";
  }

  get status(): RunStatus {
    if (!this.running) return this.standing;
    return this.session.machine.suspended === true ? "suspended" : "running";
  }

  /** The session is about to end, by its user's wish. Told once. */
  shutdown(reason: string): void {
    this.tellShutdown(false, reason);
  }

  reset(reason: string): void {
    this.events.emit({ kind: "reset", guest: false, reason });
  }

  /** Told where the user lets the machine run, or writes to a port, not where history is run again to get somewhere. */
  private tell(event: RunEvent): void {
    const { activity } = this.session;
    if (activity === undefined || activity === "run" || activity === "step") this.events.emit(event);
  }

  private look(): void {
    const { running } = this;
    if (running === this.wasRunning) return;
    this.wasRunning = running;
    this.standing = "paused";
    if (running) this.shutdownTold = false;
    // As QEMU tells it: first why.
    else this.ended(this.session.lastStop);
    this.events.emit({ kind: running ? "resume" : "stop" });
  }

  private stopped(stop: TravelStop): void {
    if (this.running) return;
    if (stop.kind === "breakpoint" || stop.kind === "watchpoint") this.standing = "debug";
    this.ended(stop);
  }

  private ended(stop: TravelStop | undefined): void {
    if (stop?.kind !== "shutdown") return;
    this.standing = "shutdown";
    const guest = stop.reason !== "host-quit";
    this.tellShutdown(guest, guest ? stop.reason : "host-qmp-quit");
  }

  private tellShutdown(guest: boolean, reason: string): void {
    if (this.shutdownTold) return;
    this.shutdownTold = true;
    this.events.emit({ kind: "shutdown", guest, reason });
  }
}
