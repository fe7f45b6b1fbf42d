import { bytes, describeState, group, ns, oneOf } from "../hardware/index.ts";
import type { StateLayout } from "../isa/index.ts";
import type { Stop } from "./machine.ts";

export type StopReason = Extract<Stop, { kind: "shutdown" }>["reason"];

/** What a machine saves in front of its devices. The registers' own fields are the guest's description (`defineState`). */
export const machineState = ({ savedBytes }: StateLayout) =>
  describeState(
    "machine",
    1,
    group({
      registers: bytes(savedBytes),
      /** Virtual time spent idle. */
      idleNs: ns(),
      /** Why the machine has stopped for good. */
      stopped: oneOf<StopReason>(["guest-shutdown", "guest-reset", "host-quit"]),
    }),
  );
