import type { MachineApi, Notice } from "../api/index.ts";
import type { Model } from "./model.ts";

/** What all that a user can do needs. */
export interface Page {
  readonly api: MachineApi;
  readonly model: Model;
  /** Asks for a frame. */
  changed(): void;
  notify(notice: Notice): void;
  /**
   * Awaits, and shows a failure as a notice, until something of the same kind succeeds. What the page does of itself has a
   * kind of its own.
   */
  attempt<T>(work: Promise<T>, kind?: string): Promise<T | undefined>;
}
