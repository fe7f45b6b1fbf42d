import type { View } from "../../api/index.ts";
import { formatTick } from "../format.ts";
import { placeLabels } from "./labels.ts";
import { Scale } from "./scale.ts";

export interface Palette {
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly track: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly input: string;
  readonly font: string;
}

export interface Scene {
  readonly view: View;
  readonly scale: Scale;
  readonly density: Float64Array;
  /** The instant shown, and the one under the pointer. */
  readonly shown: number;
  readonly hover: number | undefined;
  readonly inPast: boolean;
  readonly width: number;
  readonly height: number;
}

/** Vertical layout in CSS pixels, from the top. */
const lanes = {
  ruler: { top: 0, height: 18 },
  console: { top: 20, height: 40 },
  input: { top: 64, height: 14 },
  snapshots: { top: 82, height: 14 },
  overview: { top: 102, height: 6 },
} as const;

export const timelineHeight = 112;

export function paint(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { width, height } = scene;
  context.clearRect(0, 0, width, height);
  if (scene.view.mode === "none") return paintTracks(context, scene, palette);
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  paintTracks(context, scene, palette);
  paintRuler(context, scene, palette);
  paintDensity(context, scene, palette);
  paintMarks(context, scene, palette);
  paintOverview(context, scene, palette);
  paintHead(context, scene, palette);
}

function paintTracks(context: CanvasRenderingContext2D, { width, view, scale }: Scene, palette: Palette): void {
  context.fillStyle = palette.track;
  for (const lane of [lanes.console, lanes.input, lanes.snapshots]) context.fillRect(0, lane.top, width, lane.height);
  // What is not indexed yet is there, only slower to reach: thin hatching.
  const indexed = scale.toPixel(view.indexedTo, width);
  if (view.mode !== "play" || indexed >= width) return;
  context.save();
  context.beginPath();
  context.rect(Math.max(0, indexed), lanes.snapshots.top, width, lanes.snapshots.height);
  context.clip();
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = Math.max(0, indexed) - lanes.snapshots.height; x < width; x += 6) {
    context.moveTo(x, lanes.snapshots.top + lanes.snapshots.height);
    context.lineTo(x + lanes.snapshots.height, lanes.snapshots.top);
  }
  context.stroke();
  context.restore();
}

function paintRuler(context: CanvasRenderingContext2D, { width, scale }: Scene, palette: Palette): void {
  const step = scale.tickStep(width, 84);
  context.fillStyle = palette.dim;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let p = Math.ceil(scale.start / step) * step; p <= scale.stop; p += step) {
    const x = Math.round(scale.toPixel(p, width)) + 0.5;
    context.moveTo(x, 13);
    context.lineTo(x, lanes.snapshots.top + lanes.snapshots.height);
    const label = formatTick(p, step);
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(width - 2 * half, Math.max(0, x - half)), 6);
  }
  context.globalAlpha = 0.6;
  context.stroke();
  context.globalAlpha = 1;
}

function paintDensity(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { density, scale, width } = scene;
  const { top, height } = lanes.console;
  const head = scale.toPixel(scene.shown, width);
  const columns = density.length;
  const barWidth = (width - 2 * Scale.margin) / columns;
  // A log scale: one line of text is visible beside a page of it.
  const most = Math.log1p(Math.max(80, ...density));
  for (let i = 0; i < columns; i++) {
    if (density[i] === 0) continue;
    const bar = Math.max(2, (Math.log1p(density[i]!) / most) * (height - 4));
    const x = Scale.margin + i * barWidth;
    context.fillStyle = palette.accent;
    context.globalAlpha = x <= head ? 0.85 : 0.28;
    context.fillRect(x, top + height - bar, Math.max(1, barWidth - 1), bar);
  }
  context.globalAlpha = 1;
}

function paintMarks(context: CanvasRenderingContext2D, { view, scale, width, shown }: Scene, palette: Palette): void {
  const inside = (x: number): boolean => x >= -8 && x <= width + 8;
  context.fillStyle = palette.input;
  for (const { position } of view.inputs) {
    const x = scale.toPixel(position, width);
    if (!inside(x)) continue;
    const y = lanes.input.top + 4;
    context.beginPath();
    context.moveTo(x - 4, y);
    context.lineTo(x + 4, y);
    context.lineTo(x, y + 7);
    context.fill();
  }
  const middle = lanes.snapshots.top + lanes.snapshots.height / 2;
  context.fillStyle = palette.dim;
  let last = -Infinity;
  for (const { position, named } of view.snapshots) {
    const x = scale.toPixel(position, width);
    // Where they stand close, some stand for all.
    if (named || !inside(x) || Math.abs(x - last) < 3) continue;
    last = x;
    context.fillRect(x - 0.5, middle - 3, 1.5, 6);
  }
  const bookmarks = view.snapshots
    .filter(({ named }) => named)
    .map(({ position, label }) => ({ x: scale.toPixel(position, width), label, here: position === shown }))
    .filter(({ x }) => inside(x));
  context.fillStyle = palette.text;
  for (const { x } of bookmarks) {
    context.beginPath();
    context.moveTo(x, middle - 5);
    context.lineTo(x + 5, middle);
    context.lineTo(x, middle + 5);
    context.lineTo(x - 5, middle);
    context.fill();
  }
  for (const { text, x, width: labelWidth } of placeLabels(
    bookmarks,
    (text) => context.measureText(text).width,
    width,
  )) {
    context.fillStyle = palette.track;
    context.fillRect(x - 2, lanes.snapshots.top, labelWidth + 4, lanes.snapshots.height);
    context.fillStyle = palette.dim;
    context.fillText(text, x, middle + 0.5);
  }
}

/** Where the window lies in all of history. */
function paintOverview(context: CanvasRenderingContext2D, { view, scale, width }: Scene, palette: Palette): void {
  const { top, height } = lanes.overview;
  context.fillStyle = palette.track;
  context.fillRect(0, top, width, height);
  if (!scale.zoomed) return;
  const end = Math.max(1, view.end);
  const from = (scale.start / end) * width;
  context.fillStyle = palette.dim;
  context.fillRect(from, top, Math.max(4, ((scale.stop - scale.start) / end) * width), height);
}

function paintHead(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  const { scale, width, shown, hover, view } = scene;
  const bottom = lanes.snapshots.top + lanes.snapshots.height;
  if (scene.inPast) {
    const x = Math.max(0, scale.toPixel(shown, width));
    context.fillStyle = palette.accentSoft;
    context.fillRect(x, lanes.console.top, Math.max(0, width - x), bottom - lanes.console.top);
  }
  if (hover !== undefined) {
    context.fillStyle = palette.dim;
    context.fillRect(Math.round(scale.toPixel(hover, width)), lanes.console.top, 1, bottom - lanes.console.top);
  }
  // The machine, where it is not what is shown: it is still on its way.
  if (view.position !== shown) {
    const x = Math.round(scale.toPixel(view.position, width));
    context.strokeStyle = palette.accent;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x + 0.5, lanes.console.top);
    context.lineTo(x + 0.5, bottom);
    context.stroke();
    context.setLineDash([]);
  }
  const x = Math.min(width - 1, Math.max(0, Math.round(scale.toPixel(shown, width))));
  context.fillStyle = palette.accent;
  context.fillRect(x - 1, lanes.console.top - 4, 2, bottom - lanes.console.top + 4);
  context.beginPath();
  const grip = Math.min(width - 6, Math.max(6, x));
  context.roundRect(grip - 6, lanes.console.top - 8, 12, 12, 4);
  context.fill();
}
