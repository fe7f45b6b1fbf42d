export interface SoakOptions {
  readonly casesPerRow: number;
  readonly seed: number;
  /** Only rows with such a name, in stages that go by rows. */
  readonly row: RegExp;
  /** The first part that is run: what came before it has been, where a stage is resumed. Only x86's rows and programs. */
  readonly from: number;
}
/** A part of a stage that has ended. */
export interface Progress {
  readonly part: string;
  readonly done: number;
  readonly failures: readonly string[];
}
export type Stage = (options: SoakOptions) => AsyncGenerator<Progress>;
