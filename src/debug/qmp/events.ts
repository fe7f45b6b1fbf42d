import { type Disposable, DisposableStore } from "../../base/index.ts";
import type { RunEvent } from "../run-state.ts";
import type { DebugTarget } from "../target.ts";
import type { Json } from "./json.ts";

type Emit = (name: string, data?: Json) => void;

/** Tells a client what happens to the machine. */
export function watchEvents({ state, jobs }: DebugTarget, emit: Emit): Disposable {
  const all = new DisposableStore();
  all.add(state.onEvent((event) => tell(event, emit)));
  all.add(jobs.onChange(({ id, status }) => emit("JOB_STATUS_CHANGE", { status, id })));
  return all;
}

function tell(event: RunEvent, emit: Emit): void {
  const name = event.kind.toUpperCase();
  if ("guest" in event) emit(name, { guest: event.guest, reason: event.reason });
  else emit(name);
}
