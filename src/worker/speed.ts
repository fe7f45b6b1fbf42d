import type { Machine } from "../machine/index.ts";

interface Sample {
  readonly ms: number;
  readonly position: number;
  /** Since the machine was made. */
  readonly steps: number;
  readonly translated: number | undefined;
}

/** Instructions per second, and how many of them were translated, over about the last half second. */
export class Speed {
  private readonly samples: Sample[] = [];

  note(ms: number, position: number, translation?: Machine["translation"]): void {
    const last = this.samples.at(-1);
    if (last !== undefined && position < last.position) this.samples.length = 0;
    if (last !== undefined && ms - last.ms < 20) return;
    this.samples.push({ ms, position, steps: translation?.steps ?? 0, translated: translation?.translatedSteps });
    while (this.samples.length > 2 && ms - this.samples[0]!.ms > 500) this.samples.shift();
  }

  reset(): void {
    this.samples.length = 0;
  }

  get perSecond(): number {
    const [first, last] = this.span();
    return first && last ? ((last.position - first.position) * 1000) / (last.ms - first.ms) : 0;
  }

  /** 0 to 1; undefined when nothing is translated, or too little was run to say. */
  get translated(): number | undefined {
    const [first, last] = this.span();
    if (first?.translated === undefined || last?.translated === undefined || last.steps === first.steps)
      return undefined;
    return (last.translated - first.translated) / (last.steps - first.steps);
  }

  private span(): readonly (Sample | undefined)[] {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    return first && last && last.ms - first.ms >= 50 ? [first, last] : [];
  }
}
