import { UserError } from "../base/index.ts";
import { type BootSource, FILE_HEAD_BYTES, type ProgressView } from "../api/index.ts";
import { boards, type ImageRole, type Images, type Machine, type MachineConfiguration } from "../machine/index.ts";
import type { ImageReference } from "../timetravel/index.ts";
import { demoConfiguration } from "./demo.ts";
import { loadInterpreter } from "./interpreters.ts";
import type { Library } from "./library.ts";
import { boardOfKernel } from "./recognize.ts";
import type { Site } from "./site.ts";
import type { PageTranslator } from "./translation.ts";

/** The site's guest: the files that `npm start` and `npm run build` put beside the page. */
export const guestFiles = {
  kernel: "guest/Image",
  initrd: "guest/initrd.gz",
  manifest: "guest/guest.json",
  recording: "guest/demo.hindsight",
  translations: "guest/demo.translations",
} as const;

export type OnProgress = (progress: ProgressView | undefined) => void;

export interface NamedImages {
  readonly images: Images;
  readonly references: readonly ImageReference[];
}

/** Who brings a kernel gets the board that it is for, or the demo's where that cannot be told. */
export function configurationFor(source: BootSource): MachineConfiguration {
  if (source.kind === "demo") return demoConfiguration;
  const kernel = boardOfKernel(source.kernel.bytes.subarray(0, FILE_HEAD_BYTES));
  const board = kernel ?? boards.named(demoConfiguration.board);
  const append = source.append ?? `console=${board.console}`;
  return { ...demoConfiguration, board: board.name, cpu: Object.keys(board.cpus)[0]!, append };
}

/** Whose kernels can be booted here, joined by "or". */
export function guestNames(): string {
  return [...new Set(boards.all.map(({ guest }) => guest.name))].join(" or ");
}

/** The images to boot with, kept in the library so that the recording can be replayed here. */
export async function imagesFor(
  source: BootSource,
  site: Site,
  library: Library,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<NamedImages> {
  const files: { role: ImageRole; name: string; bytes: Uint8Array<ArrayBuffer> }[] = [];
  if (source.kind === "files") {
    files.push({ role: "kernel", ...source.kernel });
    if (source.initrd) files.push({ role: "initrd", ...source.initrd });
  } else {
    files.push({
      role: "kernel",
      name: "Image",
      bytes: await fetchImage(site, guestFiles.kernel, "Fetching the kernel", signal, onProgress),
    });
    files.push({
      role: "initrd",
      name: "initrd.gz",
      bytes: await fetchImage(site, guestFiles.initrd, "Fetching the initrd", signal, onProgress),
    });
  }
  onProgress(undefined);
  const references: ImageReference[] = [];
  const images: Record<ImageRole, Uint8Array> = {};
  for (const { role, name, bytes } of files) {
    references.push({ role, name, bytes: bytes.length, sha256: await library.images.put(bytes) });
    images[role] = bytes;
  }
  return { images, references };
}

async function fetchImage(
  site: Site,
  path: string,
  task: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Uint8Array<ArrayBuffer>> {
  onProgress({ task, done: 0, total: 0, unit: "bytes", cancellable: true });
  const bytes = await site.fetch(path, signal, (done, total) =>
    onProgress({ task, done, total, unit: "bytes", cancellable: true }),
  );
  if (bytes === undefined)
    throw new UserError(`this site has no ${path}: drop a kernel and an initrd on the page instead`);
  return bytes;
}

/** What the guest is, from what its packages are called. */
export function guestTitle(manifest: unknown): string {
  if (!Array.isArray(manifest)) return "Linux";
  for (const item of manifest as unknown[]) {
    const { name, version } = (item ?? {}) as { name?: unknown; version?: unknown };
    const kernel = typeof name === "string" ? /^linux-image-(\d.*)$/.exec(name) : null;
    if (kernel !== null) return `Debian's Linux ${kernel[1]}${typeof version === "string" ? ` (${version})` : ""}`;
  }
  return "Debian's Linux";
}

/** The name of a machine's kind of CPU. */
export function guestOf({ board }: MachineConfiguration): string {
  return boards.named(board).guest.name;
}

/** A machine without a door: the session gives it one before it runs. */
export async function makeMachine(
  configuration: MachineConfiguration,
  images: Images,
  translator: PageTranslator,
): Promise<Machine> {
  const guest = guestOf(configuration);
  const [interpreter, translation] = await Promise.all([loadInterpreter(guest), translator.service(guest)]);
  return boards.create({ configuration, images, interpreter, translation });
}
