import type { NamedBlob, RecordingInfo, SlicedFile } from "../../api/index.ts";
import { UserError } from "../../base/index.ts";

/** The made-up library. */
export class FakeRecordings {
  private all: readonly RecordingInfo[] = [];
  private number = 1;

  get empty(): boolean {
    return this.all.length === 0;
  }
  find(id: string): RecordingInfo | undefined {
    return this.all.find((one) => one.id === id);
  }

  /** One that was not there; it is in the library once it is added. */
  make(name: string): RecordingInfo {
    const changed = Date.UTC(2026, 10, 20);
    return { id: `r${this.number++}`, name, length: 0, bytes: 9_400, changed, locked: false };
  }
  add(recording: RecordingInfo): void {
    this.all = [recording, ...this.all];
  }

  /** `open`: as far as it has come. */
  list(open: RecordingInfo | undefined, end: number): readonly RecordingInfo[] {
    return this.all.map((one) => ({ ...one, length: one.id === open?.id ? end : (one.length ?? 0) }));
  }
  rename(id: string, name: string): void {
    this.all = this.all.map((one) => (one.id === id ? { ...one, name } : one));
  }
  delete(id: string): void {
    this.all = this.all.filter((one) => one.id !== id);
  }
  export(id: string): NamedBlob {
    return { name: `${id}.hindsight`, blob: new Blob(["made up"]) };
  }
  /** Returns its id. */
  import({ name, size }: SlicedFile): string {
    if (!name.endsWith(".hindsight")) throw new UserError(`${name} is not a recording`);
    const info = { ...this.make(name), length: 812_345_678, bytes: size, changed: 0 };
    this.add(info);
    return info.id;
  }
}
