import { hex, hexDigits, unreachable } from "../../base/index.ts";
import type { WatchHit } from "../../machine/index.ts";
import type { TravelStop } from "../../timetravel/index.ts";
import type { Client } from "./client.ts";
import { threadId } from "./handlers/queries.ts";

export type Motion = "step" | "run" | "step back" | "run back";

const SIGINT = "02";
const SIGTRAP = "05";

/** The stop reply for the end of a motion (GDB manual, E.3 "Stop Reply Packets"). */
export function stopReply(client: Client, stop: TravelStop, motion: Motion): string {
  switch (stop.kind) {
    case "position":
      // A run that ends at a position met replay_break.
      return stopped(client, motion === "run" || motion === "run back" ? SIGINT : SIGTRAP);
    case "breakpoint":
      return stopped(client, SIGTRAP);
    case "watchpoint":
      return stopped(client, SIGTRAP, watched(stop.hit));
    case "history-start":
      return stopped(client, SIGTRAP, "replaylog:begin;");
    case "history-end":
      return stopped(client, SIGTRAP, "replaylog:end;");
    case "interrupted":
    case "idle":
      return stopped(client, SIGINT);
    case "shutdown":
      // With a history there is something to go back to: the process lives on.
      if (client.target.session.mode !== "none") return stopped(client, SIGTRAP, "replaylog:end;");
      return exited(client);
    default:
      return unreachable(stop);
  }
}

/** The debugged process is no more. */
export function exited(client: Client): string {
  return client.multiprocess ? "W00;process:1" : "W00";
}

function stopped(client: Client, signal: string, reason = ""): string {
  return `T${signal}thread:${threadId(client)};${reason}${client.multiprocess ? expedited(client) : ""}`;
}

function watched({ watchpoint, address }: WatchHit): string {
  const name = { write: "watch", read: "rwatch", access: "awatch" }[watchpoint.kind];
  return `${name}:${address.toString(16)};`;
}

/** What gdb asks for after every stop. Simple clients want exactly the thread and nothing more. */
function expedited({ machine: { debug } }: Client): string {
  return [debug.spRegister, debug.pcRegister]
    .map((number) => `${hexDigits(number, 2)}:${hex(debug.readRegister(number))};`)
    .join("");
}
