import type { View } from "./machine.ts";

/** What is shown where no machine is open. */
export const noMachine: View = {
  mode: "none",
  recording: undefined,
  history: "",
  readOnly: false,
  motion: "none",
  position: 0,
  target: undefined,
  end: 0,
  virtualNs: 0,
  indexedTo: 0,
  speed: 0,
  translated: undefined,
  privilege: "",
  pc: "",
  stop: undefined,
  snapshots: [],
  inputs: [],
  bridge: { kind: "off", reason: "" },
  breakpoints: [],
  progress: undefined,
};
