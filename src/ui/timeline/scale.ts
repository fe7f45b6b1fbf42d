/** Maps positions to pixels. The window stays inside [0, end]; a window over all of history grows with it. */
export class Scale {
  private end = 1;
  private from = 0;
  private to = 1;

  /** Narrowest window, in instructions. */
  private static readonly narrowest = 20;

  /** Pixels at both ends, so that marks there are whole. */
  static readonly margin = 7;

  get start(): number {
    return this.from;
  }
  get stop(): number {
    return this.to;
  }
  get zoomed(): boolean {
    return this.from > 0 || this.to < this.end;
  }

  setEnd(end: number): void {
    const whole = !this.zoomed;
    this.end = Math.max(1, end);
    if (whole || this.to > this.end) this.show(whole ? 0 : this.from, this.end);
  }

  /** Shows [from, to], widened and moved into history. */
  show(from: number, to: number): void {
    const span = Math.min(this.end, Math.max(Scale.narrowest, to - from));
    const start = Math.min(Math.max(0, from), this.end - span);
    this.from = Math.max(0, start);
    this.to = Math.min(this.end, this.from + span);
  }

  showAll(): void {
    this.show(0, this.end);
  }

  /** Zooms by `factor` (< 1: closer) keeping `position` where it is. */
  zoom(position: number, factor: number): void {
    const span = (this.to - this.from) * factor;
    const share = (position - this.from) / (this.to - this.from);
    const from = position - share * Math.max(span, Scale.narrowest);
    this.show(from, from + span);
  }

  pan(instructions: number): void {
    const span = this.to - this.from;
    this.show(this.from + instructions, this.from + instructions + span);
  }

  /** Moves the window by as little as needed to contain `position`. */
  reveal(position: number): void {
    if (position < this.from) this.pan(position - this.from - (this.to - this.from) * 0.1);
    else if (position > this.to) this.pan(position - this.to + (this.to - this.from) * 0.1);
  }

  toPixel(position: number, width: number): number {
    return Scale.margin + ((position - this.from) / (this.to - this.from)) * (width - 2 * Scale.margin);
  }

  toPosition(pixel: number, width: number): number {
    const share = Math.min(1, Math.max(0, (pixel - Scale.margin) / (width - 2 * Scale.margin)));
    return Math.round(this.from + share * (this.to - this.from));
  }

  /** Round distance between ruler labels at least `pixels` apart. */
  tickStep(width: number, pixels: number): number {
    const least = ((this.to - this.from) / width) * pixels;
    const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, least)));
    for (const factor of [1, 2, 5, 10]) if (magnitude * factor >= least) return magnitude * factor;
    return magnitude * 10;
  }
}
