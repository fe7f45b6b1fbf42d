import type { View } from "../api/index.ts";
import type { TravelStop } from "../timetravel/index.ts";

const shutdowns = {
  "guest-shutdown": "The guest turned the power off: end of history",
  "guest-reset": "The guest asked for a reset: end of history",
  "host-quit": "The recording was ended: end of history",
} as const;

/** Why the machine stands, in words; undefined where it stands because it was sent there. `here`: the instruction that it stands at. */
export function stopText(
  stop: TravelStop,
  here: () => string,
  watchpoint: (hit: (TravelStop & { kind: "watchpoint" })["hit"]) => string,
): View["stop"] {
  switch (stop.kind) {
    case "position":
    case "idle":
      return undefined;
    case "breakpoint":
      return { reason: "breakpoint", text: `Breakpoint at ${here()}` };
    case "watchpoint": {
      const access = stop.hit.access === "write" ? "Write to" : "Read of";
      return { reason: "watchpoint", text: `${access} ${watchpoint(stop.hit)} by ${here()}` };
    }
    case "history-start":
      return { reason: "history-start", text: "Start of history" };
    case "history-end":
      return { reason: "history-end", text: "End of the recording" };
    case "interrupted":
      return { reason: "interrupted", text: "" };
    case "shutdown":
      return { reason: "shutdown", text: shutdowns[stop.reason] };
  }
}
