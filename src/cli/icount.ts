import { UserError } from "../base/index.ts";
import { flag } from "./values.ts";

/** `-icount`: the virtual clock, and record/replay. */
export interface Icount {
  /** Each instruction takes 2^shift ns of virtual time. */
  readonly shift: number;
  /** For record and replay: it was given, not left to its default. */
  readonly shiftGiven: boolean;
  /** An idle guest waits in the host's time too. */
  readonly sleep: boolean;
  readonly rr: "record" | "replay" | undefined;
  readonly file: string | undefined;
  /** Saved at the start of a recording; loaded at the start of its replay. */
  readonly snapshot: string | undefined;
}

const LARGEST_SHIFT = 10;

/** The first is what a word alone is for. */
export const icountProperties = ["shift", "align", "sleep", "rr", "rrfile", "rrsnapshot"];

export function icountOf(properties: ReadonlyMap<string, string>): Icount {
  const rr = properties.get("rr");
  const shiftText = properties.get("shift") ?? (rr === undefined ? "auto" : "0");
  if (rr !== undefined && rr !== "record" && rr !== "replay")
    throw new UserError("invalid icount rr option: record or replay");
  if (shiftText === "auto" && rr !== undefined)
    throw new UserError("shift=auto and rr exclude each other; give shift a number");
  const shift = shiftText === "auto" ? 0 : /^\d+$/.test(shiftText) ? Number(shiftText) : NaN;
  if (!(shift <= LARGEST_SHIFT)) throw new UserError(`invalid shift value: 0 to ${LARGEST_SHIFT}, or auto`);
  if (flag("align", properties.get("align") ?? "off")) throw new UserError("align=on is not available");
  return {
    shift,
    shiftGiven: rr !== undefined && properties.has("shift"),
    sleep: flag("sleep", properties.get("sleep") ?? "on"),
    rr,
    file: properties.get("rrfile"),
    snapshot: properties.get("rrsnapshot"),
  };
}
