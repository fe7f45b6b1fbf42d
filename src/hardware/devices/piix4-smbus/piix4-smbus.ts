import type { AccessSize, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  AUXILIARY_BITS,
  BLOCK_BYTES,
  BUFFERED,
  CONTROL_READABLE,
  INTERRUPTS,
  KILL,
  LAST_BYTE,
  Offset,
  Protocol,
  PROTOCOL_SHIFT,
  START,
  Status,
} from "./registers.ts";
import { type Piix4SmbusState, piix4SmbusState } from "./state.ts";

/** What is on an SMBus, by addresses of 7 bits. */
export interface SmbusDevices {
  isThere(address: number): boolean;
  /** The bytes of one message. */
  write(address: number, bytes: readonly number[]): void;
  read(address: number): number;
}

/**
 * The SMBus host of the PIIX4's power management, as QEMU's: a transaction that asks for no interrupt is busy at the first look at its
 * status, and made then; interrupts come from none.
 */
export class Piix4Smbus extends StatefulDevice<Piix4SmbusState> implements MmioDevice {
  constructor(private readonly bus: SmbusDevices) {
    super(piix4SmbusState);
  }

  read(offset: number, size: AccessSize): number {
    const { state } = this;
    if (size !== 1) return 0;
    switch (offset) {
      case Offset.STATUS:
        return this.readStatus();
      case Offset.CONTROL:
        return state.control & CONTROL_READABLE;
      case Offset.COMMAND:
        return state.command;
      case Offset.ADDRESS:
        return state.address;
      case Offset.DATA0:
        return state.data0;
      case Offset.DATA1:
        return state.data1;
      case Offset.BLOCK:
        return this.readBlock();
      case Offset.AUXILIARY:
        return state.auxiliary;
      default:
        return 0;
    }
  }

  changesByRead(offset: number): boolean {
    return offset === Offset.STATUS ? this.state.starts : offset === Offset.BLOCK;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { state } = this;
    if (size !== 1) return;
    switch (offset) {
      case Offset.STATUS:
        return this.clearStatus(value);
      case Offset.CONTROL:
        return this.control(value);
      case Offset.COMMAND:
        state.command = value;
        return;
      case Offset.ADDRESS:
        state.address = value;
        return;
      case Offset.DATA0:
        state.data0 = value;
        return;
      case Offset.DATA1:
        state.data1 = value;
        return;
      case Offset.BLOCK:
        if (state.index >= BLOCK_BYTES) state.index = 0;
        if (state.auxiliary & BUFFERED) state.block[state.index++] = value;
        else state.blockByte = value;
        return;
      case Offset.AUXILIARY:
        state.auxiliary = value & AUXILIARY_BITS;
    }
  }

  private get device(): number {
    return this.state.address >> 1;
  }

  private readStatus(): number {
    const { state } = this;
    const { status } = state;
    if (state.starts) {
      state.starts = false;
      state.status &= ~Status.BUSY;
      this.transact();
    }
    return status;
  }

  private readBlock(): number {
    const { state } = this;
    if (!(state.auxiliary & BUFFERED) || state.reads) return state.blockByte;
    if (state.index >= BLOCK_BYTES) state.index = 0;
    const value = state.block[state.index++]!;
    if (state.goesOn && state.index === state.data0) this.endBlock(0);
    return value;
  }

  /** `status`: what it ends with. */
  private endBlock(status: number): void {
    const { state } = this;
    state.goesOn = state.reads = false;
    state.index = 0;
    state.status = (state.status & ~Status.BUSY) | status;
  }

  private clearStatus(value: number): void {
    const { state } = this;
    const byteTaken = state.status & value & Status.BYTE_DONE;
    state.status &= ~(value & ~Status.BUSY);
    if (byteTaken && state.goesOn && (state.reads || !(state.auxiliary & BUFFERED))) this.nextByte();
  }

  /** Of a block that goes byte by byte. */
  private nextByte(): void {
    const { state } = this;
    state.index = (state.index + 1) % BLOCK_BYTES;
    // Of a read by I2C's protocol the direction is not looked at.
    if (state.reads || state.address & 1) {
      state.blockByte = state.reads ? this.bus.read(state.partner) : state.block[state.index]!;
      if (state.control & LAST_BYTE) this.endBlock(Status.DONE);
      else state.status |= Status.BYTE_DONE;
    } else if (state.index !== state.data0) {
      state.block[state.index] = state.blockByte;
      state.status |= Status.BYTE_DONE;
    } else if (this.protocol === Protocol.I2C_BLOCK_READ || !this.writeBlock()) state.status |= Status.ERROR;
    else {
      state.goesOn = false;
      state.status = (state.status & ~Status.BUSY) | Status.DONE;
    }
  }

  private control(value: number): void {
    const { state } = this;
    state.control = value & ~START;
    if (value & START) {
      if (state.goesOn) {
        state.goesOn = state.reads = false;
        state.index = 0;
      }
      if (value & INTERRUPTS) {
        state.starts = false;
        this.transact();
      } else {
        state.status |= Status.BUSY;
        state.starts = true;
      }
    }
    if (value & KILL) this.endBlock(Status.KILLED);
  }

  private get protocol(): number {
    return (this.state.control >> PROTOCOL_SHIFT) & 7;
  }

  /** Not while an error is not acknowledged. */
  private transact(): void {
    const { state } = this;
    if (state.status & Status.ERROR || !this.answers() || !this.converse()) state.status |= Status.ERROR;
  }

  /** A block that is written is sent when all of it is known. */
  private answers(): boolean {
    const writesBlock = this.protocol === Protocol.BLOCK_DATA && !(this.state.address & 1);
    return writesBlock || this.bus.isThere(this.device);
  }

  /** With a device that is there; false: an error. */
  private converse(): boolean {
    const { state, bus, device } = this;
    const { command, data0, data1 } = state;
    const reads = (state.address & 1) !== 0;
    switch (this.protocol) {
      case Protocol.QUICK:
        break;
      case Protocol.BYTE:
        if (reads) state.data0 = bus.read(device);
        else bus.write(device, [command]);
        break;
      case Protocol.BYTE_DATA:
        bus.write(device, reads ? [command] : [command, data0]);
        if (reads) state.data0 = bus.read(device);
        break;
      case Protocol.WORD_DATA:
        bus.write(device, reads ? [command] : [command, data0, data1]);
        if (!reads) break;
        state.data0 = bus.read(device);
        state.data1 = bus.read(device);
        break;
      case Protocol.BLOCK_DATA:
        return reads ? this.readWholeBlock() : this.beginBlock();
      case Protocol.I2C_BLOCK_READ:
        bus.write(device, [data1]);
        state.reads = state.goesOn = true;
        state.partner = device;
        state.blockByte = bus.read(device);
        state.status |= Status.BUSY | Status.BYTE_DONE;
        return true;
      default:
        return false;
    }
    state.status |= Status.DONE;
    return true;
  }

  private readWholeBlock(): boolean {
    const { state, bus, device } = this;
    bus.write(device, [state.command]);
    const said = bus.read(device);
    const count = said > BLOCK_BYTES ? 0 : said;
    for (let n = 0; n < count; n++) state.block[n] = bus.read(device);
    state.index = 0;
    state.goesOn = true;
    state.data0 = count;
    if (state.auxiliary & BUFFERED) state.status |= Status.DONE;
    else {
      state.blockByte = state.block[0]!;
      state.status |= Status.BUSY | Status.BYTE_DONE;
    }
    return true;
  }

  /** A block that is buffered has been written whole. */
  private beginBlock(): boolean {
    const { state } = this;
    const { index } = state;
    state.index = 0;
    if (!(state.auxiliary & BUFFERED)) {
      state.goesOn = true;
      state.status |= Status.BUSY | Status.BYTE_DONE;
      state.block[0] = state.blockByte;
      return true;
    }
    if (index !== state.data0) return false;
    if (!this.writeBlock()) return false;
    this.endBlock(Status.DONE);
    return true;
  }

  private writeBlock(): boolean {
    const { state, bus, device } = this;
    const count = Math.min(state.data0, BLOCK_BYTES);
    if (bus.isThere(device)) bus.write(device, [state.command, count, ...state.block.subarray(0, count)]);
    return bus.isThere(device);
  }
}
