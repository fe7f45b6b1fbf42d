import { type Line, type MmioDevice, StatefulDevice, type Timer, type VirtualClock } from "../../../hardware/index.ts";
import { type AlarmState, alarmState } from "./state.ts";

/** +0: rings so many ns from now. +4: stops ringing. */
const AlarmOffset = { SET: 0, STOP: 4 } as const;

export class Alarm extends StatefulDevice<AlarmState> implements MmioDevice, Timer {
  constructor(
    private readonly clock: VirtualClock,
    private readonly line: Line,
  ) {
    super(alarmState);
  }

  read(): number {
    return this.state.rings ? 1 : 0;
  }
  changesByRead(): boolean {
    return false;
  }
  write(offset: number, _size: number, value: number): void {
    if (offset === AlarmOffset.SET) this.state.deadlineNs = this.clock.nowNs() + value;
    else this.state.rings = false;
    this.update();
  }

  expire(): void {
    this.state.deadlineNs = undefined;
    this.state.rings = true;
    this.line.set(true);
  }

  protected override afterLoad(): void {
    this.update();
  }
  protected override afterReset(): void {
    this.update();
  }
  private update(): void {
    this.clock.setDeadline(this, this.state.deadlineNs);
    this.line.set(this.state.rings);
  }
}
