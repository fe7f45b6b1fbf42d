import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { printable, UserError } from "../base/index.ts";
import type { ImageRole, Images } from "../machine/index.ts";
import { orUserError } from "../storage/directory/index.ts";
import { checkImages, describeImage, type ImageReference, type LogHeader } from "../timetravel/index.ts";
import type { Options } from "./options.ts";

/** The project's folder: this file runs from src/cli/, and from two folders below build/. */
function projectFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** "0.1.0" */
export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder(), "package.json"), "utf8")) as { version: string };
  return version;
}

/** A guest's, by its name. */
export async function readInterpreter(guest: string): Promise<WebAssembly.Module> {
  const file = join(projectFolder(), `build/interpreter-${guest}.wasm`);
  if (!existsSync(file)) throw new UserError("the interpreter is not built: npm run build:interpreter");
  return new WebAssembly.Module(new Uint8Array(await readFile(file)));
}

export interface LoadedImages {
  readonly images: Images;
  readonly references: readonly ImageReference[];
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The files that the options name. */
export function imageFiles({ kernel, initrd, dtb, bios }: Options): ReadonlyMap<ImageRole, string> {
  const named: [ImageRole, string | undefined][] = [
    ["kernel", kernel],
    ["initrd", initrd],
    ["dtb", dtb],
    ["firmware", bios],
  ];
  return new Map(named.filter((entry): entry is [ImageRole, string] => entry[1] !== undefined));
}

export async function loadImages(files: ReadonlyMap<ImageRole, string>): Promise<LoadedImages> {
  const images: Record<ImageRole, Uint8Array> = {};
  const references: ImageReference[] = [];
  for (const [role, file] of files) {
    const bytes = await orUserError(`could not load ${role} '${file}'`, readFile(file));
    images[role] = new Uint8Array(bytes);
    references.push(describeImage(role, file, images[role], sha256));
  }
  return { images, references };
}

/** The option that names such an image. */
const optionOf = (role: ImageRole): string => (role === "firmware" ? "-bios" : `-${role}`);

/**
 * The images of a recording: the files that the options name, and for the others those that it was made with. Rejects
 * with a UserError that names the option for what is missing or another one.
 */
export async function imagesOfRecording(header: LogHeader, given: Options): Promise<Images> {
  const files = filesOfRecording(header, given);
  const { images } = await loadImages(files);
  for (const { role, name, bytes, sha256: wanted } of header.images) {
    const image = images[role];
    if (image?.length === bytes && sha256(image) === wanted) continue;
    const made = `the recording was made with the ${role} '${printable(name)}' (${bytes} bytes, SHA-256 ${wanted.slice(0, 16)}…)`;
    const file = imageFiles(given).get(role);
    if (file !== undefined) throw new UserError(`${made}; ${optionOf(role)} ${file} is another file`);
    const why = existsSync(name) ? "is another file now" : "is not here";
    throw new UserError(`${made}, which ${why}: name it with ${optionOf(role)} FILE`);
  }
  checkImages(header, images, sha256);
  return images;
}

/** For a replay: the files that the options name, and for the others those that the recording was made with. */
export function filesOfRecording(header: LogHeader, options: Options): ReadonlyMap<ImageRole, string> {
  const files = new Map(imageFiles(options));
  for (const { role, name, bytes } of header.images) {
    // A recording may come from anyone, and name anything.
    if (!files.has(role) && isFileOf(bytes, name)) files.set(role, name);
  }
  return files;
}

function isFileOf(bytes: number, name: string): boolean {
  try {
    const found = statSync(name);
    return found.isFile() && found.size === bytes;
  } catch {
    return false;
  }
}
