import type { DebuggerEdit } from "../../../hardware/index.ts";
import { type Client, OK, type Reply } from "../client.ts";

/** A write by gdb. In the past it goes to a throw-away branch, which gdb's user is told with the next motion. */
export function applyEdit(client: Client, edit: DebuggerEdit, what: string): Reply {
  const { session, host } = client.target;
  const inHistory = session.branchedAt === undefined;
  if (!session.edit(edit)) {
    const message = `${what} not written: the machine is off, or runs`;
    host.message(message);
    return `E.${message}`;
  }
  if (inHistory && session.branchedAt !== undefined) {
    const message =
      `${what} was written in a throw-away branch from position ${session.branchedAt}; recorded history stays as it is. ` +
      `'monitor branch_end' goes back to it, 'monitor branch NAME' keeps the branch as a recording`;
    host.message(message);
    client.notice = `${message}\n`;
  }
  return OK;
}
