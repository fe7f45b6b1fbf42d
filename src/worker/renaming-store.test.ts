import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.ts";
import type { RecordingStore } from "../storage/index.ts";
import { RenamingStore } from "./renaming-store.ts";

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** One recording whose cache finds it by name, some time after it was asked. */
class SlowStore {
  name = "old";
  readonly cached: string[] = [];
  async rename(_from: string, to: string): Promise<void> {
    this.name = to;
    await later();
  }
  cache(name: string) {
    return {
      put: async (key: string) => {
        await later();
        if (name !== this.name) throw new UserError(`there is no recording named '${name}'`);
        this.cached.push(key);
      },
    };
  }
}

describe("a recording that is renamed while it is open", () => {
  it("keeps what is written into its cache meanwhile", async () => {
    const slow = new SlowStore();
    const store = new RenamingStore(slow as unknown as RecordingStore, "old");
    const cache = store.cache("old");
    const writing = cache.put("during", new Uint8Array());
    await store.renameOpen("new");
    await writing;
    await cache.put("after", new Uint8Array());
    expect(slow.cached).toEqual(["during", "after"]);
  });

  it("still tells of other failures", async () => {
    const slow = new SlowStore();
    const store = new RenamingStore(slow as unknown as RecordingStore, "old");
    slow.name = "gone";
    await expect(store.cache("old").put("x", new Uint8Array())).rejects.toThrow("no recording named 'old'");
  });
});
