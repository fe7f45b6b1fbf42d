import { bytes, describeState, flag, group, kept, type StateOf, u16, u32, u8, words } from "../../state/index.ts";
import { DISPI_IDS } from "./registers.ts";

/** Video memory is pages of the machine's. */
export const vgaState = describeState(
  "vga",
  2,
  group({
    misc: u8(),
    feature: u8(),
    status: u8(),
    sequencerIndex: u8({ mask: 7 }),
    sequencer: bytes(8),
    /** What takes its place while Bochs' interface is enabled. */
    dispiSequencer: bytes(8),
    graphicsIndex: u8({ mask: 15 }),
    graphics: bytes(16),
    attributeIndex: u8({ mask: 0x3f }),
    attributes: bytes(21),
    /** The attribute controller's port takes data next. */
    attributeData: flag(),
    crtcIndex: u8(),
    crtc: bytes(256),
    dacState: u8({ mask: 3 }),
    dacReadIndex: u8(),
    dacWriteIndex: u8(),
    /** Of three: red, green, blue. */
    dacPart: u8({ max: 2 }),
    dacWritten: bytes(3),
    palette: bytes(768),
    latch: kept(u32()),
    dispiIndex: u16(),
    dispi: words(10, DISPI_IDS.LAST),
    /** What Bochs' interface has made of them: of a line, and where the first one is. */
    lineBytes: u32(),
    startByte: u32(),
    bank: u8(),
    /** The order of bytes in pixels. */
    bigEndian: flag(),
  }),
);
export type VgaState = StateOf<typeof vgaState>;
