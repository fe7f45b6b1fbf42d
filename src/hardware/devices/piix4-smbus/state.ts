import { bytes, describeState, flag, group, kept, type StateOf, u8 } from "../../state/index.ts";
import { AUXILIARY_BITS, BLOCK_BYTES, BUFFERED, START } from "./registers.ts";

/** A reset leaves all of it as it is, as QEMU's. */
export const piix4SmbusState = describeState(
  "piix4-smbus",
  1,
  group({
    status: kept(u8()),
    control: kept(u8({ mask: 0xff & ~START })),
    command: kept(u8()),
    address: kept(u8()),
    data0: kept(u8()),
    data1: kept(u8()),
    /** Of a block: its bytes, which comes next, and the one that is seen where they come one by one. */
    block: kept(bytes(BLOCK_BYTES)),
    index: kept(u8({ max: BLOCK_BYTES })),
    blockByte: kept(u8()),
    auxiliary: kept(u8({ powerOn: BUFFERED, mask: AUXILIARY_BITS })),
    /** A block has more bytes. */
    goesOn: kept(flag()),
    /** They are read from the device one by one. */
    reads: kept(flag()),
    /** From this one. */
    partner: kept(u8()),
    /** The transaction is made when its status is looked at. */
    starts: kept(flag()),
  }),
);
export type Piix4SmbusState = StateOf<typeof piix4SmbusState>;
