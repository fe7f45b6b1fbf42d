import { type DemoView, type Inspection, noMachine, type RecordingInfo, type View } from "../api/index.ts";
import type { ShownNotice } from "./notices.ts";

export type Tab = "code" | "registers" | "memory" | "stack";
export type LowerTab = "breakpoints" | "monitor";

/** Asked before the machine moves under an attached gdb. */
export interface Question {
  readonly text: string;
  readonly proceed: () => void;
  /** Where the console would look, leaving the machine alone. */
  readonly look: number | undefined;
}

/** All that the page remembers. The machine's part is the worker's latest word; the rest is which panel shows what. */
export class Model {
  view: View = noMachine;
  inspection: Inspection | undefined;
  /** Registers of the instant shown before, to point out what changed. */
  before: ReadonlyMap<string, string> = new Map();

  /** Where the user looks when it is not where the machine stands: while dragging, seeking, or with gdb in charge. */
  cursor: number | undefined;
  dragging = false;
  question: Question | undefined;
  /** A position is being typed: what the field says is the user's. */
  typing = false;
  /** Why what was typed there led nowhere. */
  unread: string | undefined;
  /** Input was refused a moment ago. */
  refused = false;
  /** Input was taken by a machine that stands still: it waits. */
  waiting = false;

  tab: Tab = "code";
  lowerTab: LowerTab = "breakpoints";
  codeAddress: bigint | undefined;
  /** So many instructions the user has scrolled from there. */
  codeScroll = 0;
  /** Line of the code whose gutter has the focus. */
  gutterLine: number | undefined;
  /** Around which the code shown was read. */
  codeCentre: bigint | undefined;
  /** As many as fit. */
  codeLines = 24;
  /** Of the disassembly, of guests that have one of this name. */
  syntax: string | undefined;
  memoryAddress: bigint | undefined;
  monitorLog: readonly { readonly command: string; readonly output: string }[] = [];
  completions: readonly string[] = [];

  demo: DemoView | undefined;
  recordings: readonly RecordingInfo[] = [];
  notices: readonly ShownNotice[] = [];
  /** Files are being dragged over the page. */
  dropping = false;

  /** The instant that the page shows. */
  get shown(): number {
    return this.cursor ?? this.view.position;
  }

  /** Names the machine that is shown. */
  get machine(): string | undefined {
    return this.view.mode === "none" ? undefined : (this.view.recording?.id ?? "");
  }

  get inPast(): boolean {
    return this.view.mode === "record" && this.shown < this.view.end;
  }

  /** The machine is on its way from one place to another. */
  get travelling(): boolean {
    return this.view.motion === "seek" || this.view.motion === "back";
  }

  /** What is typed reaches the guest, now or when it runs on. */
  get typable(): boolean {
    const { mode, readOnly } = this.view;
    return (mode === "record" || mode === "live") && !this.inPast && !readOnly;
  }

  /** The panels' details belong to the instant shown. */
  get settled(): boolean {
    return this.inspection !== undefined && !this.travelling && this.inspection.position === this.shown;
  }
}
