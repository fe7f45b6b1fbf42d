import { type HostPort, type Line, type MmioDevice, type Send, StatefulDevice } from "../../../hardware/index.ts";
import { type BellState, bellState } from "./state.ts";

/** One register: reads the byte that came, and takes it; what is written goes out. */
export class Bell extends StatefulDevice<BellState> implements MmioDevice, HostPort {
  readonly framing = "stream";

  constructor(
    private readonly line: Line,
    private readonly send: Send,
  ) {
    super(bellState);
  }

  room(): number {
    return this.state.full ? 0 : 1;
  }
  receive([byte]: Uint8Array): void {
    if (this.state.full || byte === undefined) return;
    this.state.byte = byte;
    this.state.full = true;
    this.line.set(true);
  }

  read(): number {
    this.state.full = false;
    this.line.set(false);
    return this.state.byte;
  }
  write(_offset: number, _size: number, value: number): void {
    this.send(Uint8Array.of(value));
  }

  protected override afterLoad(): void {
    this.line.set(this.state.full);
  }
  protected override afterReset(): void {
    this.line.set(this.state.full);
  }
}
