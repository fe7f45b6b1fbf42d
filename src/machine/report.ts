/** What the monitor's `info NAME` shows of a guest or a board, and of no other. */
export interface Report {
  readonly name: string;
  /** One line for `help`. */
  readonly help: string;
  /** Whole lines. Reads only; never touches a device. */
  text(): string;
}
