import { UserError } from "../../../base/index.ts";
import { sendBreak, systemReset, systemWakeup } from "../../actions.ts";
import type { QmpCommand } from "../command.ts";

export const run: readonly QmpCommand[] = [
  { name: "stop", run: ({ target }) => target.control.halt() },
  {
    name: "cont",
    run({ target }) {
      if (!target.state.running) target.host.resume();
    },
  },
  {
    name: "system_reset",
    run(context) {
      context.quit = systemReset(context.target, "host-qmp-system-reset") === "quit";
    },
  },
  { name: "system_wakeup", run: ({ target }) => systemWakeup(target) },
  {
    name: "chardev-send-break",
    arguments: { id: "string" },
    run: ({ session }, { id }) => sendBreak(session, id as string),
  },
  {
    name: "quit",
    run(context) {
      context.quit = true;
    },
  },
  {
    name: "human-monitor-command",
    arguments: { "command-line": "string", "cpu-index": "int?" },
    returns: "str",
    async run(context, args) {
      if ((args["cpu-index"] ?? 0) !== 0) throw new UserError("Parameter 'cpu-index' expects a CPU number");
      const { output, quit } = await context.monitor.execute(args["command-line"] as string);
      context.quit = quit;
      return output.replaceAll("\n", "\r\n");
    },
  },
];
