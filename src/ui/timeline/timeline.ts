import type { View } from "../../api/index.ts";
import { formatPosition, formatTime } from "../format.ts";
import type { OutputHistory } from "../terminal/history.ts";
import { describeInput, markNear } from "./marks.ts";
import { type Palette, paint, timelineHeight } from "./paint.ts";
import { Scale } from "./scale.ts";

export interface TimelineActions {
  drag(position: number): void;
  drop(position: number): void;
  seek(position: number): void;
  /** Like a step, not a jump. */
  stride(position: number): void;
  /** Undoes the jumps made since there were so many. */
  undoSince(jumps: number): void;
  readonly jumps: { readonly made: number };
  step(): void;
  stepBack(): void;
  returnToLive(): void;
}

const snapPixels = 5;

/** The slider over all of history: drag to scrub, wheel to zoom, keys to step. */
export class Timeline {
  readonly element = document.createElement("div");
  readonly scale = new Scale();
  private readonly canvas = document.createElement("canvas");
  private readonly tip = document.createElement("div");
  private readonly context = this.canvas.getContext("2d")!;
  private width = 1;
  private pointer: number | undefined;
  private dragging = false;
  /** Jumps made before the last press of the pointer, and before the one before that. */
  private presses: readonly [earlier: number, last: number] = [0, 0];
  private palette: Palette;
  private view: View | undefined;
  private shown = 0;
  private density: Float64Array = new Float64Array(1);
  private densityKey = "";

  constructor(
    private readonly history: OutputHistory,
    private readonly actions: TimelineActions,
    private readonly changed: () => void,
  ) {
    const { element, canvas, tip } = this;
    element.className = "timeline-track";
    element.tabIndex = 0;
    element.setAttribute("role", "slider");
    element.setAttribute("aria-label", "Position in history");
    element.setAttribute("aria-valuemin", "0");
    tip.className = "timeline-tip";
    tip.hidden = true;
    tip.setAttribute("aria-hidden", "true");
    element.append(canvas, tip);
    this.palette = readPalette();
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => {
      this.palette = readPalette();
      changed();
    });
    new ResizeObserver(() => this.resize()).observe(element);
    element.addEventListener("pointerdown", (event) => this.onDown(event));
    element.addEventListener("pointermove", (event) => this.onMove(event));
    element.addEventListener("pointerup", (event) => this.onUp(event));
    element.addEventListener("pointercancel", (event) => this.onUp(event));
    element.addEventListener("pointerleave", () => this.point(undefined));
    element.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    element.addEventListener("dblclick", () => this.onDoubleClick());
    element.addEventListener("keydown", (event) => this.onKey(event));
  }

  private resize(): void {
    const width = this.element.clientWidth;
    if (width === 0) return;
    this.width = width;
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(timelineHeight * ratio);
    this.changed();
  }

  /** Draws one instant. Called at most once per frame. */
  draw(view: View, shown: number, inPast: boolean): void {
    const { scale, width, context } = this;
    const moved = shown !== this.shown;
    this.view = view;
    this.shown = shown;
    scale.setEnd(view.end);
    if (moved && !this.dragging && scale.zoomed) scale.reveal(shown);
    this.updateDensity();
    const ratio = this.canvas.width / width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const hover = this.dragging || this.pointer === undefined ? undefined : this.positionAt(this.pointer);
    paint(
      context,
      { view, scale, density: this.density, shown, hover, inPast, width, height: timelineHeight },
      this.palette,
    );
    const { element } = this;
    element.setAttribute("aria-valuemax", String(view.end));
    element.setAttribute("aria-valuenow", String(shown));
    element.setAttribute("aria-valuetext", `position ${formatPosition(shown)} of ${formatPosition(view.end)}`);
    element.setAttribute("aria-disabled", String(view.mode === "none"));
    this.drawTip();
  }

  private updateDensity(): void {
    const { scale, history } = this;
    const buckets = Math.max(1, Math.floor((this.width - 2 * Scale.margin) / 4));
    const key = `${scale.start} ${scale.stop} ${buckets} ${history.length} ${history.epoch}`;
    if (key === this.densityKey) return;
    this.densityKey = key;
    this.density = history.density(scale.start, scale.stop + 1, buckets);
  }

  private drawTip(): void {
    const { tip, view } = this;
    const visible = this.pointer !== undefined && !this.dragging && view !== undefined && view.mode !== "none";
    tip.hidden = !visible;
    if (!visible) return;
    const mark = markNear(view, this.scale, this.width, this.pointer!, snapPixels);
    const position = mark?.position ?? this.positionAt(this.pointer!);
    const about = mark === undefined || mark.lane !== "input" ? mark?.label : `typed: ${describeInput(mark.label)}`;
    const line = this.history.lastLine(this.history.countAt(position));
    tip.replaceChildren(
      text("strong", `${formatPosition(position)}  ·  ${formatTime(estimateNs(view, position))}`),
      ...(about === undefined || about === "" ? [] : [text("em", about)]),
      text("span", line),
    );
    const half = tip.offsetWidth / 2;
    const x = Math.min(this.width - half, Math.max(half, this.pointer!));
    tip.style.transform = `translateX(${Math.round(x - half)}px)`;
  }

  private positionAt(pixel: number): number {
    const { view, scale, width } = this;
    const mark = view === undefined ? undefined : markNear(view, scale, width, pixel, snapPixels);
    return mark?.position ?? scale.toPosition(pixel, width);
  }

  private pixelOf(event: MouseEvent): number {
    return event.clientX - this.element.getBoundingClientRect().left;
  }

  private point(pixel: number | undefined): void {
    if (this.dragging && pixel === undefined) return;
    this.pointer = pixel;
    this.changed();
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0 || this.view === undefined || this.view.mode === "none") return;
    this.element.setPointerCapture(event.pointerId);
    this.presses = [this.presses[1], this.actions.jumps.made];
    this.dragging = true;
    this.point(this.pixelOf(event));
    this.actions.drag(this.positionAt(this.pixelOf(event)));
  }
  private onMove(event: PointerEvent): void {
    this.point(this.pixelOf(event));
    if (this.dragging) this.actions.drag(this.positionAt(this.pixelOf(event)));
  }
  private onUp(event: PointerEvent): void {
    if (!this.dragging) return;
    this.dragging = false;
    this.actions.drop(this.positionAt(this.pixelOf(event)));
    if (event.pointerType !== "mouse") this.point(undefined);
  }

  /** Shows all of history, and nothing else: its clicks have moved the head, which goes back to where it was. */
  private onDoubleClick(): void {
    this.zoomAll();
    this.actions.undoSince(this.presses[0]);
  }

  private onWheel(event: WheelEvent): void {
    if (this.view === undefined || this.view.mode === "none") return;
    event.preventDefault();
    const { scale, width } = this;
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY))
      scale.pan((sideways / width) * (scale.stop - scale.start));
    else scale.zoom(scale.toPosition(this.pixelOf(event), width), 1.0025 ** event.deltaY);
    this.changed();
  }

  zoom(factor: number): void {
    this.scale.zoom(this.shown, factor);
    this.changed();
  }
  zoomAll(): void {
    this.scale.showAll();
    this.changed();
  }

  onKey(event: KeyboardEvent): void {
    const { actions, shown, scale, view } = this;
    if (view === undefined || view.mode === "none" || event.altKey || event.ctrlKey || event.metaKey) return;
    const stride = Math.max(1, Math.round((scale.stop - scale.start) / (event.shiftKey ? 50 : 10)));
    const keys: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? actions.stride(shown - stride) : actions.stepBack()),
      ArrowRight: () => (event.shiftKey ? actions.stride(shown + stride) : actions.step()),
      PageDown: () => actions.stride(shown - stride),
      PageUp: () => actions.stride(shown + stride),
      Home: () => actions.seek(0),
      End: () => actions.returnToLive(),
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      "0": () => this.zoomAll(),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}

/** Virtual time at a position, between the instants for which it is known. */
export function estimateNs(view: View, position: number): number {
  let before = { position: 0, virtualNs: 0 };
  let after: { position: number; virtualNs: number } | undefined;
  for (const known of [...view.snapshots, { position: view.position, virtualNs: view.virtualNs }]) {
    if (known.position <= position && known.position >= before.position) before = known;
    if (known.position > position && (after === undefined || known.position < after.position)) after = known;
  }
  const rate =
    after === undefined
      ? before.position === 0
        ? 1
        : before.virtualNs / before.position
      : (after.virtualNs - before.virtualNs) / (after.position - before.position);
  return before.virtualNs + (position - before.position) * rate;
}

function text(tag: string, content: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = content;
  return element;
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: colour("--text"),
    dim: colour("--dim"),
    line: colour("--line"),
    track: colour("--track"),
    accent: colour("--accent"),
    accentSoft: colour("--accent-soft"),
    input: colour("--text"),
    font: colour("--mono"),
  };
}
