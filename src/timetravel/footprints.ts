import type { Footprint } from "../machine/index.ts";

/** Above so many, neighbours are taken together. */
const most = 512;

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly footprint: Footprint;
}

/** What is known of where history went: footprints of stretches of it that do not overlap. The rest is unknown. */
export class Footprints {
  /** Ascending. */
  private stretches: Stretch[] = [];

  /** What the run from `from` to `to` touched; kept as far as it is news. */
  add(from: number, to: number, footprint: Footprint): void {
    const before = this.stretches.filter((one) => one.to <= from);
    const after = this.stretches.filter((one) => one.from >= to);
    const news: Stretch[] = [];
    let at = from;
    for (const known of this.stretches.slice(before.length, this.stretches.length - after.length)) {
      if (known.from > at) news.push({ from: at, to: known.from, footprint });
      news.push(known);
      at = known.to;
    }
    if (at < to) news.push({ from: at, to, footprint });
    this.stretches = [...before, ...news, ...after];
    if (this.stretches.length > most) this.thin();
  }

  /** Whether there is nothing to add between these. */
  know(from: number, to: number): boolean {
    return this.clearFrom(to, () => false) <= from;
  }

  /** The first position from which to `end` all is known, and `touched` by none of it. */
  clearFrom(end: number, touched: (footprint: Footprint) => boolean): number {
    let position = end;
    for (const { from, to, footprint } of this.stretches.toReversed()) {
      if (from >= position) continue;
      if (to < position || touched(footprint)) break;
      position = from;
    }
    return position;
  }

  /** Those of a history that has the same past up to `position`. */
  upTo(position: number): Footprints {
    const result = new Footprints();
    for (const { from, to, footprint } of this.stretches)
      if (from < position) result.stretches.push({ from, to: Math.min(to, position), footprint });
    return result;
  }

  /** Two become one; of two with a gap in between, the longer one stays. */
  private thin(): void {
    const thinned: Stretch[] = [];
    for (let at = 0; at < this.stretches.length; at += 2) {
      const [a, b] = [this.stretches[at]!, this.stretches[at + 1]];
      if (b?.from === a.to) thinned.push({ from: a.from, to: b.to, footprint: a.footprint.union(b.footprint) });
      else thinned.push(b && b.to - b.from > a.to - a.from ? b : a);
    }
    this.stretches = thinned;
  }
}
