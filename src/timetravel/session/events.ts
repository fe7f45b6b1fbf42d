import { EventEmitter } from "../../base/index.ts";
import type { Printed } from "./session-parts.ts";
import type { DroppedBranch, Progress } from "./session.ts";

/** What listeners of a session are told. */
export class SessionEvents {
  readonly output = new EventEmitter<{ port: number; bytes: Uint8Array }>();
  readonly change = new EventEmitter<void>();
  readonly progress = new EventEmitter<Progress | undefined>();
  readonly divergence = new EventEmitter<string>();
  readonly dropped = new EventEmitter<DroppedBranch>();

  /** `printed`: output that is new to history and not told yet. */
  constructor(private readonly printed: Printed[]) {}

  tellOutput(): void {
    for (const { port, bytes } of this.printed.splice(0)) this.output.emit({ port, bytes: Uint8Array.from(bytes) });
  }
}
