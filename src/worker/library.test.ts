import "fake-indexeddb/auto";
import { beforeEach, expect, it } from "vitest";
import { sha256Hex, UserError } from "../base/index.ts";
import { MemoryStore, readWhole } from "../storage/index.ts";
import { describeImage } from "../timetravel/index.ts";
import { LogWriter } from "../timetravel/log/writer.ts";
import { Library } from "./library.ts";
import type { NamedBlob } from "../api/index.ts";
import type { TakenName } from "./locks.ts";
import type { Transfer } from "./transfers.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const kernel = bytes("kernel");
const initrd = bytes("initrd");

/** A recording's file, made with these images. */
async function file(images: Record<"kernel" | "initrd", Uint8Array>, created = 0): Promise<Uint8Array<ArrayBuffer>> {
  const store = new MemoryStore();
  const configuration = {
    board: "virt",
    cpu: "cortex-a53",
    ramBytes: 2 ** 28,
    shift: 0,
    append: "",
    reboot: false,
    randomness: true,
    semantics: 1,
  };
  const references = (["kernel", "initrd"] as const).map((role) => describeImage(role, role, images[role]));
  const writer = await LogWriter.create(await store.create("x"), {
    configuration,
    images: references,
    created,
    version: "test",
  });
  writer.add({ kind: "complete", position: 1234 });
  await writer.close();
  return readWhole(store, "x");
}

const none: ReadonlySet<string> = new Set();
const take = async (wanted: string) => ({ name: await library.freeName(wanted), lock: { dispose: () => {} } });
const unseen: Transfer = { done: () => {} };
const contentOf = async ({ blob }: NamedBlob): Promise<Uint8Array> =>
  new Uint8Array(await (blob as unknown as File).arrayBuffer());

let library: Library;
beforeEach(async () => {
  library = await Library.open();
  for (const { name } of await library.store.list()) await library.delete(name, none);
});

it("keeps a file once, under a free name, with its length", async () => {
  const first = await file({ kernel, initrd });
  expect(await library.import(new File([first], "boot.hindsight"), [], take, unseen)).toBe("boot");
  expect(await library.import(new File([first], "again.hindsight"), [], take, unseen)).toBe("boot");
  const second = await file({ kernel, initrd }, 1);
  expect(await library.import(new File([second], "boot.hindsight"), [], take, unseen)).toBe("boot (2)");
  const list = await library.list(new Set(["boot"]));
  expect(new Map(list.map(({ id, length, locked }) => [id, [length, locked]]))).toEqual(
    new Map([
      ["boot", [1234, true]],
      ["boot (2)", [1234, false]],
    ]),
  );
  expect(await contentOf(await library.export("boot", unseen))).toEqual(first);
});

it("leaves nothing behind of a copy that is cancelled", async () => {
  const content = await file({ kernel, initrd });
  let locked = 0;
  const taken = async (name: string): Promise<TakenName> => {
    locked++;
    return { ...(await take(name)), lock: { dispose: () => void locked-- } };
  };
  const cancelling: Transfer = {
    done: () => {
      throw new Error("cancelled");
    },
  };
  await expect(library.import(new File([content], "boot.hindsight"), [], taken, cancelling)).rejects.toThrow(
    "cancelled",
  );
  expect([await library.store.list(), locked]).toEqual([[], 0]);
  await expect(library.import(new File([content], "boot.hindsight"), [], taken, unseen)).resolves.toBe("boot");
});

it("refuses what is no recording, naming the file", async () => {
  const wrong = new File([bytes("GIF89a and so on")], "cat.gif");
  await expect(library.import(wrong, [], take, unseen)).rejects.toThrow(UserError);
  await expect(library.import(wrong, [], take, unseen)).rejects.toThrow(/^cat\.gif: not a Hindsight recording/);
  expect(await library.store.list()).toEqual([]);
});

it("drops the images that no other recording was made with", async () => {
  const images = [kernel, initrd, bytes("another")].map((image) => ({ name: "image", bytes: image }));
  const one = await library.import(new File([await file({ kernel, initrd })], "one"), images, take, unseen);
  const two = await library.import(
    new File([await file({ kernel, initrd: bytes("another") })], "two"),
    [],
    take,
    unseen,
  );
  await library.delete(one, none);
  expect(await library.images.has(sha256Hex(kernel))).toBe(true);
  expect(await library.images.has(sha256Hex(initrd))).toBe(false);
  await library.delete(two, none);
  expect(await library.images.has(sha256Hex(kernel))).toBe(false);
});

it("keeps images while a name is held that has no recording yet: its boot may want them", async () => {
  const images = [kernel, initrd].map((image) => ({ name: "image", bytes: image }));
  const one = await library.import(new File([await file({ kernel, initrd })], "one"), images, take, unseen);
  expect(await library.freeName("two", new Set(["two"]))).toBe("two (2)");
  await library.delete(one, new Set([one, "two"]));
  expect(await library.images.has(sha256Hex(kernel))).toBe(true);
});

it("deletes an empty recording, and nothing else", async () => {
  const content = await file({ kernel, initrd });
  const one = await library.import(new File([content], "one"), [], take, unseen);
  expect(await library.deleteEmpty(one, none)).toBe(false);
  await (await library.store.create("nothing")).close();
  expect(await library.deleteEmpty("nothing", none)).toBe(true);
  expect(await library.deleteEmpty("nothing", none)).toBe(true);
  // Damaged, or of another version: perhaps something can be saved.
  for (const [name, bytes] of [
    ["cut", content.slice(0, 40)],
    ["foreign", new TextEncoder().encode("GIF89a and so on")],
  ] as const) {
    await (await library.store.create(name)).append(bytes);
    expect(await library.deleteEmpty(name, none)).toBe(false);
  }
  expect((await library.store.list()).map(({ name }) => name).sort()).toEqual(["cut", "foreign", "one"]);
});
