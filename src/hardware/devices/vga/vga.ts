import { bytewise } from "../../bytewise.ts";
import type { AccessSize, MmioDevice } from "../../device.ts";
import type { MemoryBlock } from "../../memory.ts";
import { StatefulDevice } from "../../state/index.ts";
import { isEnabled, programVga, readDispi, writeDispi } from "./dispi.ts";
import { memoryRegisters } from "./memory-registers.ts";
import { type Access, latches, readByte, windowOffset, writeByte } from "./planes.ts";
import {
  ATTRIBUTE_MASKS,
  Crtc,
  CRTC_LOCK,
  GRAPHICS_MASKS,
  MISC_COLOUR,
  OVERFLOW_LINE_COMPARE,
  Port,
  SEQUENCER_MASKS,
  STATUS_RETRACE,
} from "./registers.ts";
import { type VgaState, vgaState } from "./state.ts";

const FIRST_MODE_ATTRIBUTE = 16;

/**
 * VGA with Bochs' display interface, as QEMU's standard one: registers, and video memory as the processor reaches it at A0000h. Nothing
 * is drawn; retrace is there at every other look.
 */
export class Vga extends StatefulDevice<VgaState> {
  /** Ports 3B0h to 3DFh; those that are nobody's read as FFh. Words are two bytes, wider accesses reach nothing. */
  readonly ports: MmioDevice;
  /** Ports 1CEh to 1D0h, of words. */
  readonly dispi: MmioDevice;
  /** Addresses A0000h to BFFFFh. */
  readonly window: MmioDevice;
  /** A page of all of them, and more. */
  readonly registers: MmioDevice;

  constructor(private readonly memory: MemoryBlock) {
    super(vgaState);
    const bytes = bytewise({
      name: "vga",
      read: (offset) => this.readPort(offset),
      changesByRead: (offset) => [Port.DAC_DATA, Port.STATUS, Port.STATUS_MONO].some((port) => port === offset),
      write: (offset, _size, value) => this.writePort(offset, value & 0xff),
    });
    this.ports = {
      ...bytes,
      read: (offset, size) => (size > 2 ? 0xffff_ffff : bytes.read(offset, size)),
      write: (offset, size, value) => size <= 2 && bytes.write(offset, size, value),
    };
    this.dispi = {
      name: "vga-dispi",
      read: (offset, size) => this.readDispiPort(offset, size),
      changesByRead: () => false,
      write: (offset, size, value) => this.writeDispiPort(offset, size, value),
    };
    this.window = bytewise({
      name: "vga-window",
      read: (address) => {
        const offset = windowOffset(this.access, address);
        return offset === undefined ? 0xff : readByte(this.access, offset);
      },
      changesByRead: () => latches(this.access),
      write: (address, _size, value) => {
        const offset = windowOffset(this.access, address);
        if (offset !== undefined) writeByte(this.access, offset, value & 0xff);
      },
    });
    this.registers = memoryRegisters({ ports: this.ports, dispi: this.dispi, order: this });
  }

  /** The order of bytes in pixels. */
  get bigEndian(): boolean {
    return this.state.bigEndian;
  }
  set bigEndian(bigEndian: boolean) {
    this.state.bigEndian = bigEndian;
  }

  private get access(): Access {
    const { state, memory } = this;
    return { state, memory, sequencer: isEnabled(state) ? state.dispiSequencer : state.sequencer };
  }

  /** Ports 3Bxh or 3Dxh are, by the colour of the display. */
  private isThere(port: number): boolean {
    return port >> 4 === 1 || port >= 0x20 === ((this.state.misc & MISC_COLOUR) !== 0);
  }

  private readPort(port: number): number {
    const { state } = this;
    if (!this.isThere(port)) return 0xff;
    switch (port) {
      case Port.ATTRIBUTE:
        return state.attributeData ? 0 : state.attributeIndex;
      case Port.ATTRIBUTE_READ:
        return state.attributes[state.attributeIndex & 0x1f] ?? 0;
      case Port.SEQUENCER_INDEX:
        return state.sequencerIndex;
      case Port.SEQUENCER_DATA:
        return state.sequencer[state.sequencerIndex]!;
      case Port.DAC_READ_INDEX:
        return state.dacState;
      case Port.DAC_WRITE_INDEX:
        return state.dacWriteIndex;
      case Port.DAC_DATA:
        return this.readDac();
      case Port.FEATURE_READ:
        return state.feature;
      case Port.MISC_READ:
        return state.misc;
      case Port.GRAPHICS_INDEX:
        return state.graphicsIndex;
      case Port.GRAPHICS_DATA:
        return state.graphics[state.graphicsIndex]!;
      case Port.CRTC_INDEX:
      case Port.CRTC_INDEX_MONO:
        return state.crtcIndex;
      case Port.CRTC_DATA:
      case Port.CRTC_DATA_MONO:
        return state.crtc[state.crtcIndex]!;
      case Port.STATUS:
      case Port.STATUS_MONO:
        state.status ^= STATUS_RETRACE;
        state.attributeData = false;
        return state.status;
      default:
        return port >= Port.ATTRIBUTE && port <= Port.GRAPHICS_DATA ? 0 : 0xff;
    }
  }

  private writePort(port: number, value: number): void {
    const { state } = this;
    if (!this.isThere(port)) return;
    switch (port) {
      case Port.ATTRIBUTE:
        if (state.attributeData) this.writeAttribute(value);
        else state.attributeIndex = value & 0x3f;
        state.attributeData = !state.attributeData;
        return;
      case Port.MISC:
        state.misc = value & ~0x10;
        return;
      case Port.SEQUENCER_INDEX:
        state.sequencerIndex = value & 7;
        return;
      case Port.SEQUENCER_DATA:
        state.sequencer[state.sequencerIndex] = value & SEQUENCER_MASKS[state.sequencerIndex]!;
        return;
      case Port.DAC_READ_INDEX:
        Object.assign(state, { dacReadIndex: value, dacPart: 0, dacState: 3 });
        return;
      case Port.DAC_WRITE_INDEX:
        Object.assign(state, { dacWriteIndex: value, dacPart: 0, dacState: 0 });
        return;
      case Port.DAC_DATA:
        return this.writeDac(value);
      case Port.GRAPHICS_INDEX:
        state.graphicsIndex = value & 15;
        return;
      case Port.GRAPHICS_DATA:
        state.graphics[state.graphicsIndex] = value & (GRAPHICS_MASKS[state.graphicsIndex] ?? 0);
        return programVga(state);
      case Port.CRTC_INDEX:
      case Port.CRTC_INDEX_MONO:
        state.crtcIndex = value;
        return;
      case Port.CRTC_DATA:
      case Port.CRTC_DATA_MONO:
        return this.writeCrtc(value);
      case Port.STATUS:
      case Port.STATUS_MONO:
        state.feature = value & 0x10;
        return;
    }
  }

  private writeAttribute(value: number): void {
    const { attributes, attributeIndex } = this.state;
    const index = attributeIndex & 0x1f;
    if (index < FIRST_MODE_ATTRIBUTE) attributes[index] = value & 0x3f;
    else if (index < attributes.length) attributes[index] = value & ATTRIBUTE_MASKS[index - FIRST_MODE_ATTRIBUTE]!;
  }

  private writeCrtc(value: number): void {
    const { state } = this;
    const { crtc, crtcIndex } = state;
    if (!(crtc[Crtc.V_SYNC_END]! & CRTC_LOCK) || crtcIndex > Crtc.OVERFLOW) crtc[crtcIndex] = value;
    else if (crtcIndex === Crtc.OVERFLOW) {
      crtc[Crtc.OVERFLOW] = (crtc[Crtc.OVERFLOW]! & ~OVERFLOW_LINE_COMPARE) | (value & OVERFLOW_LINE_COMPARE);
    } else return;
    programVga(state);
  }

  private readDac(): number {
    const { state } = this;
    const value = state.palette[3 * state.dacReadIndex + state.dacPart]!;
    state.dacPart = (state.dacPart + 1) % 3;
    if (state.dacPart === 0) state.dacReadIndex = (state.dacReadIndex + 1) & 0xff;
    return value;
  }

  /** A colour is written whole. */
  private writeDac(value: number): void {
    const { state } = this;
    state.dacWritten[state.dacPart] = value;
    state.dacPart = (state.dacPart + 1) % 3;
    if (state.dacPart !== 0) return;
    state.palette.set(state.dacWritten, 3 * state.dacWriteIndex);
    state.dacWriteIndex = (state.dacWriteIndex + 1) & 0xff;
  }

  private readDispiPort(offset: number, size: AccessSize): number {
    if (size !== 2) return size === 1 ? 0xff : 0xffff_ffff;
    return offset === 0 ? this.state.dispiIndex : readDispi(this.state, this.memory);
  }

  private writeDispiPort(offset: number, size: AccessSize, value: number): void {
    if (size !== 2) return;
    if (offset === 0) this.state.dispiIndex = value & 0xffff;
    else writeDispi(this.state, this.memory, value & 0xffff);
  }
}
