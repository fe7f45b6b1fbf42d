import { UserError } from "../base/index.ts";
import { type BootSource, FILE_HEAD_BYTES, FILE_TAIL_BYTES, type ProgressView } from "../api/index.ts";
import {
  boards,
  defaultCpu,
  type ImageRole,
  type Images,
  type Machine,
  type MachineConfiguration,
} from "../machine/index.ts";
import type { ImageReference } from "../timetravel/index.ts";
import { demoConfiguration, type SiteGuest, siteGuests } from "./demo.ts";
import { loadInterpreter } from "./interpreters.ts";
import type { Library } from "./library.ts";
import { boardOfFirmware, boardOfKernel } from "./recognize.ts";
import type { Site } from "./site.ts";
import type { PageTranslator } from "./translation.ts";

/** What lies beside the page, put there by `npm start` and `npm run build`, and is of the first of its guests. */
export const guestFiles = {
  kernel: siteGuests[0].kernel,
  manifest: "guest/guest.json",
  recording: "guest/demo.hindsight",
  translations: "guest/demo.translations",
} as const;

/** Where files are that boards boot with by themselves. */
const firmwareFolder = "guest/firmware";

export type OnProgress = (progress: ProgressView | undefined) => void;

export interface NamedImages {
  readonly images: Images;
  readonly references: readonly ImageReference[];
}

/** The guest that a source names; the first where it names none. */
function siteGuest(name: string | undefined): SiteGuest {
  return siteGuests.find((guest) => guest.name === name) ?? siteGuests[0];
}

/** Who brings a kernel or firmware gets the board that it is for, or the demo's where that cannot be told. */
export function configurationFor(source: BootSource): MachineConfiguration {
  if (source.kind === "demo") return siteGuest(source.guest).configuration;
  const { kernel, firmware } = source;
  const named =
    (kernel && boardOfKernel(kernel.bytes.subarray(0, FILE_HEAD_BYTES))) ??
    (firmware && boardOfFirmware(firmware.bytes.length, firmware.bytes.subarray(-FILE_TAIL_BYTES)));
  const board = named ?? boards.named(demoConfiguration.board);
  const append = source.append ?? (kernel ? `console=${board.console}` : "");
  // There is a console, and no screen.
  const screen = board.options.flags?.["graphics"] ? { graphics: false } : {};
  return { ...demoConfiguration, board: board.name, cpu: defaultCpu(board), append, ...screen };
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
  const add = async (role: ImageRole, path: string, task: string): Promise<void> => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    files.push({ role, name, bytes: await fetchImage(site, path, task, signal, onProgress) });
  };
  if (source.kind === "files") {
    for (const role of ["kernel", "initrd", "firmware"] as const) {
      const file = source[role];
      if (file) files.push({ role, ...file });
    }
  } else {
    const { kernel, initrd } = siteGuest(source.guest);
    await add("kernel", kernel, "Fetching the kernel");
    await add("initrd", initrd, "Fetching the initrd");
  }
  const configuration = configurationFor(source);
  const given = Object.fromEntries(files.map(({ role, bytes }) => [role, bytes]));
  const others = boards.named(configuration.board).defaultImages?.(configuration, given) ?? {};
  for (const [role, name] of Object.entries(others)) await add(role, `${firmwareFolder}/${name}`, "Fetching firmware");
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
