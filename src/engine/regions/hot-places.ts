/** A place to begin a region at, asked for so many times. */
export interface Place {
  readonly page: number;
  readonly unit: number;
  heat: number;
  /** The region that covers it could not be made anew with this entry: it gets one of its own. */
  alone: boolean;
}

const MAX_BATCH = 8;
const MAX_QUEUE = 4096;

/** What should be translated: places that branches reach often, the hottest first. */
export class HotPlaces {
  private queue: Place[] = [];
  /** Asked for, or known to be untranslatable: until the page changes. */
  private readonly asked = new Map<number, Map<number, Place>>();
  /** Pages of which regions are being made, one at a time. */
  private readonly underWay = new Set<number>();

  /** It has been reached often once more. */
  add(page: number, unit: number): Place {
    const asked = this.asked.get(page) ?? new Map<number, Place>();
    const before = asked.get(unit);
    if (before) {
      before.heat++;
      return before;
    }
    if (this.queue.length >= MAX_QUEUE) this.forgetColdest();
    const place = { page, unit, heat: 1, alone: false };
    this.asked.set(page, asked.set(unit, place));
    this.queue.push(place);
    return place;
  }

  /** Takes some out, a page's one after the other. What is not `wanted` any more is forgotten. */
  takeHottest(minHeat: number, wanted: (place: Place) => boolean): Place[] {
    const queue = this.queue.filter((place) => this.asked.get(place.page)?.get(place.unit) === place && wanted(place));
    queue.sort((a, b) => b.heat - a.heat);
    const batch: Place[] = [];
    this.queue = [];
    for (const place of queue) {
      if (batch.length < MAX_BATCH && place.heat >= minHeat && !this.underWay.has(place.page)) {
        batch.push(place);
        this.underWay.add(place.page);
      } else this.queue.push(place);
    }
    return batch;
  }

  private forgetColdest(): void {
    this.queue.sort((a, b) => b.heat - a.heat);
    for (const { page, unit } of this.queue.splice(MAX_QUEUE / 2)) this.forget(page, unit);
  }

  /** What became of a batch is known. */
  done(batch: readonly Place[]): void {
    for (const { page } of batch) this.underWay.delete(page);
  }

  /** The units of a page that have been asked for. */
  unitsOf(page: number): Iterable<number> {
    return this.asked.get(page)?.keys() ?? [];
  }

  forget(page: number, unit: number): void {
    const asked = this.asked.get(page);
    asked?.delete(unit);
    if (asked?.size === 0) this.asked.delete(page);
  }

  clear(): void {
    this.asked.clear();
    this.queue = [];
  }
}
