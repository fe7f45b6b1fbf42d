/** Instructions per second over about the last half second. */
export class Speed {
  private readonly samples: { ms: number; position: number }[] = [];

  note(ms: number, position: number): void {
    const last = this.samples.at(-1);
    if (last !== undefined && position < last.position) this.samples.length = 0;
    if (last !== undefined && ms - last.ms < 20) return;
    this.samples.push({ ms, position });
    while (this.samples.length > 2 && ms - this.samples[0]!.ms > 500) this.samples.shift();
  }

  reset(): void {
    this.samples.length = 0;
  }

  get perSecond(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.ms - first.ms < 50) return 0;
    return ((last.position - first.position) * 1000) / (last.ms - first.ms);
  }
}
