import type { Footprint } from "../../machine/index.ts";

/** Above so many, neighbours are taken together. */
const most = 512;

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly footprint: Footprint;
  /** This very machine ran there: it can say more than the footprint. */
  readonly own: boolean;
}

/** What is known of where history went: footprints of stretches of it that do not overlap. The rest is unknown. */
export class Footprints {
  /** Ascending. */
  private stretches: Stretch[] = [];

  get all(): readonly Stretch[] {
    return this.stretches;
  }

  /** What the run from `from` to `to` touched; kept as far as it is news. What another machine ran gives way to it. */
  add(from: number, to: number, footprint: Footprint, own = true): void {
    if (from >= to) return;
    const last = this.stretches.at(-1);
    if (last === undefined || last.to <= from) this.stretches.push({ from, to, footprint, own });
    else this.insert(from, to, footprint, own);
    if (this.stretches.length > most) this.thin();
  }

  private insert(from: number, to: number, footprint: Footprint, own: boolean): void {
    const rest = own ? this.stretches.flatMap((one) => (one.own ? one : cut(one, from, to))) : this.stretches;
    const before = rest.filter((one) => one.to <= from);
    const after = rest.filter((one) => one.from >= to);
    const news: Stretch[] = [];
    let at = from;
    for (const known of rest.slice(before.length, rest.length - after.length)) {
      if (known.from > at) news.push({ from: at, to: known.from, footprint, own });
      news.push(known);
      at = known.to;
    }
    if (at < to) news.push({ from: at, to, footprint, own });
    this.stretches = [...before, ...news, ...after];
  }

  /** Whether this machine has nothing to add between these. */
  know(from: number, to: number): boolean {
    return this.clearFrom(to, (_, own) => !own) <= from;
  }

  /** The first position from which to `end` all is known, and `touched` by none of it. */
  clearFrom(end: number, touched: (footprint: Footprint, own: boolean) => boolean): number {
    let position = end;
    for (const { from, to, footprint, own } of this.stretches.toReversed()) {
      if (from >= position) continue;
      if (to < position || touched(footprint, own)) break;
      position = from;
    }
    return position;
  }

  /** Those of a history that has the same past up to `position`. */
  upTo(position: number): Footprints {
    const result = new Footprints();
    for (const one of this.stretches)
      if (one.from < position) result.stretches.push({ ...one, to: Math.min(one.to, position) });
    return result;
  }

  /** Two become one; of two with a gap in between, the longer one stays. */
  private thin(): void {
    const thinned: Stretch[] = [];
    for (let at = 0; at < this.stretches.length; at += 2) {
      const [a, b] = [this.stretches[at]!, this.stretches[at + 1]];
      if (b?.from === a.to)
        thinned.push({ from: a.from, to: b.to, footprint: a.footprint.union(b.footprint), own: a.own && b.own });
      else thinned.push(b && b.to - b.from > a.to - a.from ? b : a);
    }
    this.stretches = thinned;
  }
}

/** What is left of a stretch outside of these. */
function cut(one: Stretch, from: number, to: number): Stretch[] {
  if (one.to <= from || one.from >= to) return [one];
  return [...(one.from < from ? [{ ...one, to: from }] : []), ...(one.to > to ? [{ ...one, from: to }] : [])];
}
