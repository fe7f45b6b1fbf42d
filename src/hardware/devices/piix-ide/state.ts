import { describeState, group, pair, type StateOf, u32, u8 } from "../../state/index.ts";

const channel = group({
  device: u8(),
  control: u8(),
  command: u8(),
  status: u8(),
  /** Of the table of memory that a transfer would use. */
  table: u32(),
});

export const piixIdeState = describeState("piix-ide", 1, group({ channels: pair(channel) }));
export type PiixIdeState = StateOf<typeof piixIdeState>;
export type Channel = PiixIdeState["channels"][0];
