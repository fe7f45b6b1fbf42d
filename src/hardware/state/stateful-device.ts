import type { ByteReader, ByteWriter } from "../../base/index.ts";
import type { DeviceInfo, Stateful } from "../device.ts";
import type { StateDescription } from "./description.ts";

/** A device whose state is what its description says: saved, loaded, reset and shown by that alone. */
export abstract class StatefulDevice<S> implements Stateful {
  protected state: S;

  /** `name`: where a board has several. */
  constructor(
    private readonly description: StateDescription<S>,
    readonly name = description.name,
  ) {
    this.state = description.powerOn();
  }

  /** What follows from a state that was loaded: deadlines, outputs that are no one else's state. */
  protected afterLoad(): void {}
  /** What follows from a reset. */
  protected afterReset(): void {}

  save(to: ByteWriter): void {
    this.description.write(this.state, to);
  }

  load(from: ByteReader): void {
    this.state = this.description.read(from);
    this.afterLoad();
  }

  /** As when it was made, whatever outlives a reset. */
  powerOn(): void {
    this.state = this.description.powerOn();
    this.afterReset();
  }

  reset(): void {
    this.state = this.description.reset(this.state);
    this.afterReset();
  }

  info(): DeviceInfo[] {
    return [{ name: this.name, lines: this.description.show(this.state) }];
  }
}
