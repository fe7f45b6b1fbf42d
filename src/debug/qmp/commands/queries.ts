import type { QmpCommand } from "../command.ts";
import { schemaOf } from "../schema.ts";
import { versionOf } from "../version.ts";

export const queries: readonly QmpCommand[] = [
  {
    name: "query-status",
    returns: "any",
    run: ({ target: { state } }) => ({ running: state.status === "running", status: state.status }),
  },
  { name: "query-version", returns: "any", run: ({ target }) => versionOf(target.host) },
  { name: "query-commands", returns: "any", run: ({ commands }) => commands.map(({ name }) => ({ name })) },
  { name: "query-qmp-schema", returns: "any", run: ({ commands }) => schemaOf(commands) },
  {
    name: "query-name",
    returns: "any",
    run({ target: { host } }) {
      return host.machineName === undefined ? {} : { name: host.machineName };
    },
  },
  { name: "query-kvm", returns: "any", run: () => ({ enabled: false, present: false }) },
  { name: "query-block", returns: "any", run: () => [] },
  {
    name: "query-memory-size-summary",
    returns: "any",
    run: ({ session }) => ({ "base-memory": session.machine.configuration.ramBytes, "plugged-memory": 0 }),
  },
];
