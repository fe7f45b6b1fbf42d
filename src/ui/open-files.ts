import {
  type BootSource,
  FILE_HEAD_BYTES,
  FILE_TAIL_BYTES,
  type MachineApi,
  type NamedBytes,
  type Notice,
} from "../api/index.ts";
import { isElf, maySymbolsBe } from "./files.ts";
import type { Model } from "./model.ts";

/** What files are for: the controller's part. */
interface Opener {
  readonly api: MachineApi;
  readonly model: Model;
  readonly inspector: { inspect(): void };
  attempt<T>(work: Promise<T>): Promise<T | undefined>;
  readonly library: { boot(source: BootSource): void; openRecording(id: string): void };
  notify(notice: Notice): void;
}

/**
 * Files dropped or chosen: one recording, perhaps with its images; a kernel with an initrd; images that a recording waits for;
 * symbols of the kernel that is open.
 */
export async function openFiles(controller: Opener, files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  const { api, model } = controller;
  const [first] = files;
  if (files.length === 1 && (await maySymbolsBe(first!)) && (await takeSymbols(controller, first!))) return;
  const asked = model.notices.some(({ cause }) => cause === "missing images");
  if (asked && !files.some(({ name }) => name.endsWith(".hindsight"))) {
    const given = await controller.attempt(bytesOf(files).then(async (named) => ({ id: await api.giveImages(named) })));
    if (given?.id !== undefined) controller.library.openRecording(given.id);
    if (given === undefined || given.id !== undefined) return;
  }
  const heads = Promise.all(
    files.map(async (file) => ({
      ...{ name: file.name, size: file.size },
      head: await bytes(file.slice(0, FILE_HEAD_BYTES)),
      tail: await bytes(file.slice(-FILE_TAIL_BYTES)),
    })),
  );
  const images = (await controller.attempt(heads.then((all) => api.recognize(all)))) ?? [];
  const known = new Map(images.flatMap((image, index) => (image ? [[image, files[index]!] as const] : [])));
  const onlyImages = files.every((file) => [...known.values()].includes(file));
  const initrd = known.get("initrd");
  if ((known.has("kernel") || known.has("firmware")) && onlyImages) {
    const read = await controller.attempt(bytesOf([...known.values()]));
    if (!read) return;
    const named = Object.fromEntries([...known.keys()].map((image, index) => [image, read[index]!]));
    return controller.library.boot({ kind: "files", ...named });
  }
  if (initrd !== undefined && files.length === 1) {
    const text = `${initrd.name} is an initrd: drop it together with a kernel`;
    return controller.notify({ level: "warning", text, cause: "gesture" });
  }
  const recording = files.find((file) => ![...known.values()].includes(file))!;
  const others = bytesOf(files.filter((file) => file !== recording));
  const id = await controller.attempt(others.then((all) => api.importRecording(recording, all)));
  if (id !== undefined) controller.library.openRecording(id);
}

async function bytes(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.arrayBuffer());
}

/** Images as they are; a recording may be larger than memory. */
function bytesOf(files: readonly File[]): Promise<NamedBytes[]> {
  return Promise.all(files.map(async (file) => ({ name: file.name, bytes: await bytes(file) })));
}

/** Resolves to whether that is all there is to do with the file. */
async function takeSymbols(controller: Opener, file: File): Promise<boolean> {
  const { api, model } = controller;
  if (model.view.mode === "none") {
    if (await isElf(file)) return false;
    const text = `${file.name} looks like a kernel's symbols: open a recording of that kernel, or boot it, and drop it then`;
    controller.notify({ level: "warning", text, cause: "gesture" });
    return true;
  }
  const taken = await controller.attempt(api.addSymbols(file).then((count) => ({ count })));
  if (taken?.count === undefined) return taken === undefined;
  const text = `${taken.count.toLocaleString("en-GB")} symbols of ${file.name} are in use`;
  controller.notify({ level: "info", text, cause: "symbols" });
  controller.inspector.inspect();
  return true;
}
