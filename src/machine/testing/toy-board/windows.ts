import {
  type MappedRange,
  type MemoryBlock,
  type MmioDevice,
  nobody,
  StatefulDevice,
} from "../../../hardware/index.ts";
import { type WindowsState, windowsState } from "./state.ts";

/** +0: bit 0, the ROM's addresses read RAM; bit 1, they write RAM. +4: the page where video memory is; 0: nowhere. */
const WindowsOffset = { SHADOW: 0, BAR: 4 } as const;

/** What the guest changes of the address map: which of ROM and RAM answers, and where video memory is. */
export class Windows extends StatefulDevice<WindowsState> implements MmioDevice {
  constructor(
    private readonly rom: MappedRange,
    private readonly cells: MemoryBlock,
    private readonly video: MappedRange,
  ) {
    super(windowsState);
  }

  read(offset: number): number {
    const { readsRam, writesRam, bar } = this.state;
    return offset === WindowsOffset.BAR ? bar : (readsRam ? 1 : 0) | (writesRam ? 2 : 0);
  }
  changesByRead(): boolean {
    return false;
  }
  write(offset: number, _size: number, value: number): void {
    if (offset === WindowsOffset.BAR) this.state.bar = value;
    else if (offset === WindowsOffset.SHADOW) {
      this.state.readsRam = (value & 1) !== 0;
      this.state.writesRam = (value & 2) !== 0;
    }
    this.update();
  }

  protected override afterLoad(): void {
    this.update();
  }
  protected override afterReset(): void {
    this.update();
  }

  private update(): void {
    const { readsRam, writesRam, bar } = this.state;
    this.rom.answerBy({
      ...(!readsRam && { read: { block: this.cells } }),
      ...(!writesRam && { write: { device: nobody } }),
    });
    this.video.moveTo(bar === 0 ? undefined : bar * 4096);
  }
}
