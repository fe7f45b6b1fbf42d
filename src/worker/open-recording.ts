import { type Disposable, UserError } from "../base/index.ts";
import type { Images } from "../machine/index.ts";
import type { RecordingStore } from "../storage/index.ts";
import type { Claim } from "../timetravel/index.ts";
import { holdLock } from "./locks.ts";
import { RenamingStore } from "./renaming-store.ts";

/** The recording of this tab's machine: its name, which may change, and the right to write it. */
export class OpenRecording implements Disposable {
  /** For its session, which goes on knowing it by the name that it was opened with. */
  readonly store: RenamingStore;
  /** What its machine was made of. */
  images: Images = {};
  /** When it was begun: no two recordings are one for having the same name one after the other. */
  created = 0;

  /** `lock`: undefined where another tab writes it. */
  constructor(
    private current: string,
    store: RecordingStore,
    private lock: Disposable | undefined,
  ) {
    this.store = new RenamingStore(store, current);
  }

  get name(): string {
    return this.current;
  }
  get readOnly(): boolean {
    return this.lock === undefined;
  }

  /** A branch is a recording of its own: other tabs must keep off it, and the page goes by its name. */
  readonly claim = async (name: string): Promise<Claim> => {
    const lock = await holdLock(name);
    if (lock === undefined) throw new UserError(`another tab has a recording named '${name}' open`);
    return {
      moved: () => {
        this.lock?.dispose();
        this.lock = lock;
        this.store.moveTo(name);
        this.current = name;
      },
      dispose: () => lock.dispose(),
    };
  };

  /** `lock`: holds the new name. The old one stays held too: it is what other tabs may still show. */
  async rename(name: string, lock: Disposable): Promise<void> {
    await this.store.renameOpen(name);
    const before = this.lock;
    this.current = name;
    this.lock = {
      dispose: () => {
        before?.dispose();
        lock.dispose();
      },
    };
  }

  dispose(): void {
    this.lock?.dispose();
  }
}
