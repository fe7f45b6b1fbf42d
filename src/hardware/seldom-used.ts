import { ByteReader, ByteWriter, UserError } from "../base/index.ts";
import type { DeviceInfo, Stateful } from "./device.ts";

/**
 * Devices of which only those are saved that are not as at power-on: a machine whose guest leaves them alone has the state
 * of one without them. The last of a board's devices, as their bytes end with the state's. A container of states, of a length that
 * depends on them: it has no fields to describe.
 */
export class SeldomUsed implements Stateful {
  readonly name = "seldom-used";
  private readonly fresh: readonly Uint8Array[];

  /** `devices` are as at power-on. */
  constructor(private readonly devices: readonly Stateful[]) {
    this.fresh = devices.map(bytesOf);
  }

  save(to: ByteWriter): void {
    for (const [index, device] of this.devices.entries()) {
      const bytes = bytesOf(device);
      if (!equal(bytes, this.fresh[index]!)) to.u8(index).blob(bytes);
    }
  }

  load(from: ByteReader): void {
    this.reset();
    while (from.remaining > 0) {
      const device = this.devices[from.u8()];
      const bytes = new ByteReader(from.blob());
      device?.load(bytes);
      if (!device || bytes.remaining > 0) throw new UserError("the snapshot's machine state is damaged");
    }
  }

  reset(): void {
    for (const device of this.devices) device.reset();
  }

  info(): DeviceInfo[] {
    return this.devices.flatMap((device) => device.info());
  }
}

function bytesOf(device: Stateful): Uint8Array {
  const to = new ByteWriter();
  device.save(to);
  return to.finish();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
