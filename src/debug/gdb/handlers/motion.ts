import type { Session, TravelStop } from "../../../timetravel/index.ts";
import { type Client, type Handler, INVALID, OK, parseHex, type Reply } from "../client.ts";
import { stopReply, type Motion } from "../stop.ts";
import { namesProcess, namesThread } from "./queries.ts";

const motions: Readonly<Record<Motion, (session: Session) => Promise<TravelStop>>> = {
  step: (session) => session.step({ hits: true }),
  run: (session) => session.run(),
  "step back": (session) => session.stepBack({ hits: true }),
  "run back": (session) => session.runBack(),
};

/** Moves and answers with the stop; gdb waits meanwhile and may send Ctrl-C. */
async function move(client: Client, motion: Motion): Promise<Reply> {
  client.presented = false;
  const stop = await client.target.control.move((session) => {
    if (client.interruptRequested) return Promise.resolve<TravelStop>({ kind: "interrupted" });
    return motions[motion](session);
  });
  // Of every other stop gdb tells its user in any case.
  client.presented = !["breakpoint", "watchpoint", "position"].includes(stop.kind);
  if (client.presented) client.interruptRequested = false;
  if (client.notice !== undefined) client.print(client.notice);
  client.notice = undefined;
  client.lastStop = stopReply(client, stop, motion);
  return client.lastStop;
}

/** `c`, `s` with the address to go on at: gdb writes pc itself, so only the current one is taken. */
function moveFrom(client: Client, address: string, motion: Motion): Reply | Promise<Reply> {
  if (address !== "" && parseHex(address) !== client.machine.pc) return INVALID;
  return move(client, motion);
}

/** `vCont;ACTION[:THREAD]...`: the first action that names the one thread counts. Signals mean nothing here. */
const vCont: Handler = (client, args) => {
  for (const action of args.split(";")) {
    const match = /^(c|C[0-9a-f]{2}|s|S[0-9a-f]{2})(?::(.*))?$/i.exec(action);
    if (!match) return INVALID;
    if (match[2] === undefined || namesThread(match[2])) return move(client, /^c/i.test(action) ? "run" : "step");
  }
  return INVALID;
};

/** The last stop again. */
const whyStopped: Handler = (client) => client.lastStop ?? stopReply(client, { kind: "position" }, "step");

/** Nothing, or `;PID` where the client knows processes. */
const detach: Handler = (client, args) => {
  if (args !== "" && !args.startsWith(";")) return "";
  if (args !== "" && !(client.multiprocess && namesProcess(args.slice(1)))) return INVALID;
  client.hits.clear();
  const { session, host } = client.target;
  if (session.branchedAt !== undefined)
    host.message(
      `the machine runs on in a throw-away branch from position ${session.branchedAt}, which is not recorded: ` +
        "`branch NAME` in the monitor keeps it, `branch_end` goes back",
    );
  client.leave(() => host.resume());
  return OK;
};

export const motion: readonly (readonly [prefix: string, Handler])[] = [
  ["?", whyStopped],
  ["vCont?", () => "vCont;c;C;s;S"],
  ["vCont;", vCont],
  ["bs", (client) => move(client, "step back")],
  ["bc", (client) => move(client, "run back")],
  ["c", (client, args) => moveFrom(client, args, "run")],
  ["s", (client, args) => moveFrom(client, args, "step")],
  ["C", (client, args) => moveFrom(client, args.split(";")[1] ?? "", "run")],
  ["S", (client, args) => moveFrom(client, args.split(";")[1] ?? "", "step")],
  ["D", detach],
  [
    "k",
    (client) => {
      client.leave(() => client.target.quit());
      return undefined;
    },
  ],
  [
    "vKill;",
    (client, args) => {
      if (!namesProcess(args)) return INVALID;
      client.leave(() => client.target.quit());
      return OK;
    },
  ],
];
