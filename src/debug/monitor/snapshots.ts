import type { SnapshotInfo } from "../../timetravel/index.ts";
import { allSnapshots, deleteSnapshot, loadSnapshot, saveSnapshot } from "../actions.ts";
import { type Command, single } from "./command.ts";

/** QEMU's columns. A snapshot here is a name for a position: it has no size and no date of its own. */
function row(id: string, tag: string, size: string, date: string, clock: string, icount: string): string {
  const columns = [id.padEnd(9), tag.padEnd(16), size.padStart(8), date.padStart(20), clock.padStart(15)];
  return `${columns.join(" ")} ${icount.padStart(11)}\n`;
}

/** hours:minutes:seconds.milliseconds of virtual time. */
function clock(ns: number): string {
  const ms = Math.floor(ns / 1e6);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const rest = `${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
  return `${two(ms / 3_600_000)}:${rest}`;
}

function list(snapshots: readonly SnapshotInfo[]): string {
  if (snapshots.length === 0) return "There is no snapshot available.";
  const head = row("ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT");
  const rows = snapshots.map((s) => row("--", s.name, "-", "-", clock(s.virtualNs), String(s.position)));
  return `List of snapshots:\n${head}${rows.join("")}`;
}

export const snapshots: readonly Command[] = [
  {
    name: "savevm",
    args: "[NAME]",
    help: "give this position a name to come back to",
    run: ({ target, session }, args) =>
      saveSnapshot(target, args.length === 0 ? `vm-${session.position}` : single(args, "the snapshot's name")),
  },
  {
    name: "loadvm",
    args: "NAME",
    moves: true,
    help: "go to the position that a name stands for; at the live end, a branch goes on from there",
    run: ({ target }, args) => loadSnapshot(target, single(args, "the snapshot's name")),
  },
  {
    name: "delvm",
    args: "NAME",
    help: "forget a name",
    run: ({ target }, args) => deleteSnapshot(target, single(args, "the snapshot's name")),
  },
  {
    name: "info snapshots",
    args: "",
    help: "list the named snapshots",
    run: ({ session }) => list(allSnapshots(session)),
  },
];
