import { sendBreak, systemReset, systemWakeup } from "../actions.ts";
import { type Command, single } from "./command.ts";

export const run: readonly Command[] = [
  {
    name: "stop",
    args: "",
    help: "stop the machine",
    run: ({ target }) => target.control.halt(),
  },
  {
    name: "cont",
    aliases: ["c"],
    args: "",
    moves: true,
    help: "let the machine run",
    run({ target }) {
      if (!target.state.running) target.host.resume();
    },
  },
  {
    name: "system_reset",
    args: "",
    moves: true,
    help: "reset the machine",
    run(context) {
      context.quit = systemReset(context.target, "host-qmp-system-reset") === "quit";
    },
  },
  {
    name: "system_wakeup",
    args: "",
    help: "wake the machine where it is suspended",
    run: ({ target }) => systemWakeup(target),
  },
  {
    name: "chardev-send-break",
    args: "ID",
    help: "send a BREAK to a serial port, such as serial0",
    run: ({ session }, args) => sendBreak(session, single(args, "a serial port, such as serial0")),
  },
  {
    name: "quit",
    aliases: ["q"],
    args: "",
    help: "end the session",
    run(context) {
      context.quit = true;
    },
  },
  {
    name: "info status",
    args: "",
    help: "show whether the machine runs",
    run({ target: { state } }) {
      const plain = state.status === "running" || state.status === "paused";
      return `VM status: ${plain ? state.status : `paused (${state.status})`}`;
    },
  },
  {
    name: "info version",
    args: "",
    help: "show Hindsight's version",
    run: ({ target }) => target.host.version,
  },
];
