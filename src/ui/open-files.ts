import { type BootSource, FILE_HEAD_BYTES, type MachineApi, type Notice } from "../api/index.ts";
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
  const named = await Promise.all(
    files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
  const asked = model.notices.some(({ cause }) => cause === "missing images");
  if (asked && !named.some(({ name }) => name.endsWith(".hindsight"))) {
    const given = await controller.attempt(api.giveImages(named).then((id) => ({ id })));
    if (given?.id !== undefined) controller.library.openRecording(given.id);
    if (given === undefined || given.id !== undefined) return;
  }
  const heads = named.map(({ name, bytes }) => ({ name, head: bytes.slice(0, FILE_HEAD_BYTES) }));
  const images = (await controller.attempt(api.recognize(heads))) ?? [];
  const [initrd, kernel] = [named[images.indexOf("initrd")], named[images.indexOf("kernel")]];
  const onlyImages = named.every((file) => file === kernel || file === initrd);
  if (kernel !== undefined && onlyImages)
    return controller.library.boot({ kind: "files", kernel, ...(initrd && { initrd }) });
  if (initrd !== undefined && named.length === 1) {
    const text = `${initrd.name} is an initrd: drop it together with a kernel`;
    return controller.notify({ level: "warning", text, cause: "gesture" });
  }
  const recording = named.find((file) => file !== kernel && file !== initrd)!;
  const others = named.filter((file) => file !== recording);
  const id = await controller.attempt(api.importRecording(recording, others));
  if (id !== undefined) controller.library.openRecording(id);
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
