import { UserError } from "../base/index.ts";
import type { BootSource, ProgressView } from "../api/index.ts";
import { boards, type ImageRole, type Images, type Machine, type MachineConfiguration } from "../machine/index.ts";
import type { ImageReference } from "../timetravel/index.ts";
import { demoConfiguration } from "./demo.ts";
import { loadInterpreter } from "./interpreters.ts";
import type { Library } from "./library.ts";
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

const ownAppend = "console=ttyAMA0";

export type OnProgress = (progress: ProgressView | undefined) => void;

export interface NamedImages {
  readonly images: Images;
  readonly references: readonly ImageReference[];
}

export function configurationFor(source: BootSource): MachineConfiguration {
  return source.kind === "demo" ? demoConfiguration : { ...demoConfiguration, append: source.append ?? ownAppend };
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

/** "Debian 6.1.0-42-cloud-arm64", from what the packages are called. */
export function guestTitle(manifest: unknown): string {
  if (!Array.isArray(manifest)) return "Linux on arm64";
  for (const item of manifest as unknown[]) {
    const { name, version } = (item ?? {}) as { name?: unknown; version?: unknown };
    const kernel = typeof name === "string" ? /^linux-image-(\d.*)$/.exec(name) : null;
    if (kernel !== null) return `Debian's Linux ${kernel[1]}${typeof version === "string" ? ` (${version})` : ""}`;
  }
  return "Debian's Linux for arm64";
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
