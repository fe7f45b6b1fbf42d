import type { Client, Reply } from "../client.ts";

/** A write that the session did not take: it stands in the past, where nothing can be changed. */
export function refuseEdit(client: Client, what: string): Reply {
  const { position, end } = client.target.session;
  const message = `${what} not written: position ${position} is recorded history, only its live end (${end}) can be changed`;
  client.target.host.message(message);
  return `E.${message}`;
}
