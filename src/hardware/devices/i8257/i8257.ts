import { bytewise } from "../../bytewise.ts";
import type { MmioDevice } from "../../device.ts";
import { StatefulDevice } from "../../state/index.ts";
import { COMMAND_OFF, PAGE_CHANNELS, Register } from "./registers.ts";
import { type Channel, type Controller, type I8257State, i8257State } from "./state.ts";

/** Two DMA controllers of a PC (Intel 8237A, in QEMU 8257), their registers: nobody asks them for a transfer. */
export class I8257 extends StatefulDevice<I8257State> {
  /** Ports 00h to 0Fh. */
  readonly first = this.ports(0);
  /** Ports C0h to DFh. */
  readonly second = this.ports(1);
  /** Ports 80h to 8Fh, those of nobody among them: 80h takes what firmware says of its progress. */
  readonly pages = this.pagePorts();

  constructor() {
    super(i8257State);
  }

  private ports(which: 0 | 1): MmioDevice {
    return bytewise({
      name: which === 0 ? "dma-bytes" : "dma-words",
      read: (offset) => this.read(which, (offset >> which) & 15),
      // An access of a channel, read or written, goes on to the other byte.
      changesByRead: (offset) => (offset >> which) % 16 <= Register.COMMAND,
      write: (offset, _size, value) => this.write(which, (offset >> which) & 15, value & 0xff),
    });
  }

  private pagePorts(): MmioDevice {
    const channel = (offset: number): Channel | undefined => {
      const number = PAGE_CHANNELS[offset];
      return number === undefined ? undefined : this.channel(number);
    };
    return bytewise({
      name: "dma-page",
      read: (offset) => channel(offset)?.page ?? 0xff,
      changesByRead: () => false,
      write(offset, _size, value) {
        const found = channel(offset);
        if (found) found.page = value & 0xff;
      },
    });
  }

  private channel(number: number): Channel {
    const { low2, high2 } = this.state.controllers[number < 4 ? 0 : 1];
    return (number & 2 ? high2 : low2)[number & 1]!;
  }

  private read(which: 0 | 1, register: number): number {
    const controller = this.state.controllers[which];
    if (register < Register.COMMAND) {
      const { address, baseCount } = this.channel(4 * which + (register >> 1));
      const value = register & 1 ? baseCount : address;
      controller.high = !controller.high;
      return controller.high ? value & 0xff : value >> 8;
    }
    if (register === Register.REQUEST) return controller.mask;
    if (register !== Register.COMMAND) return 0;
    const { status } = controller;
    controller.status &= 0xf0;
    return status;
  }

  private write(which: 0 | 1, register: number, value: number): void {
    const controller = this.state.controllers[which];
    if (register >= Register.COMMAND) return this.command(which, register, value);
    const channel = this.channel(4 * which + (register >> 1));
    const field = register & 1 ? "baseCount" : "baseAddress";
    channel[field] = controller.high ? (channel[field] & 0xff) | (value << 8) : (channel[field] & 0xff00) | value;
    if (controller.high) channel.address = channel.baseAddress;
    controller.high = !controller.high;
  }

  private command(which: 0 | 1, register: number, value: number): void {
    const controller = this.state.controllers[which];
    const bit = 1 << (value & 3);
    switch (register) {
      case Register.COMMAND:
        if (!(value & ~COMMAND_OFF)) controller.command = value;
        return;
      case Register.REQUEST:
        controller.status &= ~(bit | (bit << 4));
        if (value & 4) controller.status |= bit << 4;
        return;
      case Register.SINGLE_MASK:
        controller.mask = value & 4 ? controller.mask | bit : controller.mask & ~bit;
        return;
      case Register.MODE:
        this.channel(4 * which + (value & 3)).mode = value;
        return;
      case Register.CLEAR_FLIP_FLOP:
        controller.high = false;
        return;
      case Register.CLEAR:
        return clear(controller);
      case Register.CLEAR_MASK:
        controller.mask = 0;
        return;
      case Register.MASK:
        controller.mask = value;
        return;
    }
  }
}

function clear(controller: Controller): void {
  Object.assign(controller, { status: 0, command: 0, mask: 0xff, high: false });
}
