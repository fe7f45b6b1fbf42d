import type { QmpCommand } from "../command.ts";
import { versionOf } from "../version.ts";

export const queries: readonly QmpCommand[] = [
  {
    name: "query-status",
    run: ({ target: { state } }) => ({ running: state.running, status: state.status }),
  },
  { name: "query-version", run: ({ target }) => versionOf(target.host) },
  { name: "query-commands", run: ({ commands }) => commands.map(({ name }) => ({ name })) },
  {
    name: "query-name",
    run({ target: { host } }) {
      return host.machineName === undefined ? {} : { name: host.machineName };
    },
  },
  { name: "query-kvm", run: () => ({ enabled: false, present: false }) },
  { name: "query-block", run: () => [] },
  {
    name: "query-memory-size-summary",
    run: ({ session }) => ({ "base-memory": session.machine.configuration.ramBytes, "plugged-memory": 0 }),
  },
];
