import type { AccessSize, Line, MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import {
  BM_ACTIVE,
  BM_CAPABLE,
  BM_COMMAND,
  BM_EVENTS,
  BM_INTERRUPT,
  BM_START,
  BusMaster,
  CONTROL_NO_INTERRUPT,
  DEVICE_SECOND,
  Register,
} from "./registers.ts";
import { type Channel, type PiixIdeState, piixIdeState } from "./state.ts";

type Which = 0 | 1;

/** IDE controller of a PIIX3 with two channels and no drive: registers read as 0, commands fail, as in QEMU with an interrupt. */
export class PiixIde extends StatefulDevice<PiixIdeState> {
  /** Ports 1F0h to 1F7h, and 170h to 177h. */
  readonly commands = [this.commandPorts(0), this.commandPorts(1)] as const;
  /** Ports 3F6h, and 376h. */
  readonly controls = [this.controlPort(0), this.controlPort(1)] as const;
  /** 16 ports where the function's BAR 4 is; what is not aligned reaches nothing. */
  readonly busMaster: MmioDevice = {
    name: "ide-bus-master",
    read: (offset, size) => readBusMaster(this.channelAt(offset), offset % BusMaster.BYTES, size),
    changesByRead: () => false,
    write: (offset, size, value) => writeBusMaster(this.channelAt(offset), offset % BusMaster.BYTES, size, value),
  };

  /** IRQ 14 and IRQ 15 of a PC. */
  constructor(private readonly irqs: readonly [Line, Line]) {
    super(piixIdeState);
  }

  protected override afterReset(): void {
    for (const irq of this.irqs) irq.set(false);
  }

  private channelAt(offset: number): Channel {
    return this.state.channels[offset < BusMaster.BYTES ? 0 : 1];
  }

  private commandPorts(which: Which): MmioDevice {
    return {
      name: `ide${which}`,
      read: (offset, size) => {
        if (offset + size > Register.COMMAND) this.irqs[which].set(false);
        return nothing(offset === Register.DATA ? size : Math.min(size, 8 - offset), size, offset !== Register.DATA);
      },
      // The status takes an interrupt back.
      changesByRead: (offset) => offset === Register.COMMAND,
      write: (offset, size, value) => {
        if (offset === Register.DATA || size === 4) return;
        for (let n = 0; n < size && offset + n < 8; n++) this.write(which, offset + n, (value >>> (8 * n)) & 0xff);
      },
    };
  }

  private controlPort(which: Which): MmioDevice {
    return {
      name: `ide${which}-control`,
      read: (_offset, size) => nothing(1, size, true),
      changesByRead: () => false,
      write: (_offset, size, value) => {
        if (size < 4) this.state.channels[which].control = value & 0xff;
      },
    };
  }

  private write(which: Which, register: number, value: number): void {
    const channel = this.state.channels[which];
    if (register === Register.DEVICE) channel.device = value;
    if (register !== Register.COMMAND) return;
    this.irqs[which].set(false);
    // A second drive that is not there takes no command.
    if (channel.device & DEVICE_SECOND) return;
    if (channel.control & CONTROL_NO_INTERRUPT) return;
    channel.status |= BM_INTERRUPT;
    this.irqs[which].set(true);
  }
}

/** Zeros, in as many bytes as there are; others are nobody's, and all of 4 where `onlyWords`. */
function nothing(there: number, size: AccessSize, onlyWords: boolean): number {
  if (size === 4 && onlyWords) return 0xffff_ffff;
  return there < size ? 0xff00 : 0;
}

function readBusMaster(channel: Channel, offset: number, size: AccessSize): number {
  if (offset % size !== 0) return 0;
  const all = 2 ** (8 * size) - 1;
  if (offset >= BusMaster.ADDRESS) return ((channel.table >>> (8 * (offset & 3))) & all) >>> 0;
  if (size !== 1) return all;
  if (offset === BusMaster.COMMAND) return channel.command;
  return offset === BusMaster.STATUS ? channel.status : 0xff;
}

function writeBusMaster(channel: Channel, offset: number, size: AccessSize, value: number): void {
  if (offset % size !== 0) return;
  if (offset >= BusMaster.ADDRESS) {
    const shift = 8 * (offset & 3);
    const mask = (2 ** (8 * size) - 1) << shift;
    channel.table = ((channel.table & ~mask) | ((value << shift) & mask & ~3)) >>> 0;
  } else if (size === 1 && offset === BusMaster.COMMAND) {
    if ((value ^ channel.command) & BM_START) {
      channel.status = value & BM_START ? channel.status | BM_ACTIVE : channel.status & ~BM_ACTIVE;
    }
    channel.command = value & BM_COMMAND;
  } else if (size === 1 && offset === BusMaster.STATUS) {
    const { status } = channel;
    channel.status = (value & BM_CAPABLE) | (status & BM_ACTIVE) | (status & ~value & BM_EVENTS);
  }
}
