import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { printable, UserError } from "../base/index.ts";
import { boards, type ImageRole, type Images, type MachineConfiguration } from "../machine/index.ts";
import { orUserError } from "../storage/directory/index.ts";
import { checkImages, describeImage, type ImageReference, type LogHeader } from "../timetravel/index.ts";
import { splitModules } from "./modules.ts";
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
  /** Where the initrd is several files: what each is to the kernel. */
  readonly modules?: readonly { readonly line: string; readonly bytes: number }[];
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Those of the options that name images. */
type ImageOptions = Pick<Options, "kernel" | "initrd" | "dtb" | "bios" | "splash">;

export function imageFiles({ kernel, initrd, dtb, bios, splash }: ImageOptions): ReadonlyMap<ImageRole, string> {
  const named: [ImageRole, string | undefined][] = [
    ["kernel", kernel],
    ["initrd", initrd],
    ["dtb", dtb],
    ["firmware", bios],
    ["splash", splash],
  ];
  return new Map(named.filter((entry): entry is [ImageRole, string] => entry[1] !== undefined));
}

/** The images that the options name, and those that the board boots with where they name none. */
export async function imagesToBoot(configuration: MachineConfiguration, options: ImageOptions): Promise<LoadedImages> {
  const board = boards.named(configuration.board);
  const takesModules = (kernel: Uint8Array | undefined): boolean => !!kernel && board.takesModules?.(kernel) === true;
  const named = await loadImages(imageFiles(options), takesModules);
  const wanted = board.defaultImages?.(configuration, named.images) ?? {};
  const files = Object.entries(wanted).map(([role, name]): [ImageRole, string] => [role, firmwareFile(name)]);
  const others = await loadImages(new Map(files));
  return {
    ...named,
    images: { ...named.images, ...others.images },
    references: [...named.references, ...others.references],
  };
}

/** A file of Debian's packages, fetched when it is missing: tools/guest/firmware.mjs. */
function firmwareFile(name: string): string {
  const file = join(projectFolder(), ".cache/firmware", name);
  if (existsSync(file)) return file;
  const fetcher = join(projectFolder(), "tools/guest/firmware.mjs");
  const { status } = spawnSync(process.execPath, [fetcher, name], { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new UserError(`could not fetch ${name}, which the machine boots with`);
  return file;
}

/** `takesModules`: whether the initrd's name is a list, for a kernel that comes before it. */
export async function loadImages(
  files: ReadonlyMap<ImageRole, string>,
  takesModules: (kernel: Uint8Array | undefined) => boolean = () => false,
): Promise<LoadedImages> {
  const images: Record<ImageRole, Uint8Array> = {};
  const references: ImageReference[] = [];
  let modules: LoadedImages["modules"];
  for (const [role, name] of files) {
    const listed = role === "initrd" && takesModules(images["kernel"]) ? splitModules(name) : undefined;
    const contents: Buffer[] = [];
    for (const file of listed?.map((module) => module.file) ?? [name])
      contents.push(await orUserError(`could not load ${role} '${file}'`, readFile(file)));
    images[role] = new Uint8Array(contents.length === 1 ? contents[0]! : Buffer.concat(contents));
    references.push(describeImage(role, name, images[role], sha256));
    modules = listed?.map(({ line }, n) => ({ line, bytes: contents[n]!.length })) ?? modules;
  }
  return { images, references, ...(modules && { modules }) };
}

/** The option that names such an image, for those that have one. */
const options: Readonly<Record<ImageRole, string>> = {
  kernel: "-kernel",
  initrd: "-initrd",
  dtb: "-dtb",
  firmware: "-bios",
  splash: "-boot splash",
};

/**
 * The images of a recording: the files that the options name, and for the others those that it was made with. Rejects
 * with a UserError that names the option for what is missing or another one.
 */
export async function imagesOfRecording(header: LogHeader, given: Options): Promise<Images> {
  const files = filesOfRecording(header, given);
  const { images } = await loadImages(files, () => hasModules(header));
  for (const { role, name, bytes, sha256: wanted } of header.images) {
    const image = images[role];
    if (image?.length === bytes && sha256(image) === wanted) continue;
    const made = `the recording was made with the ${role} '${printable(name)}' (${bytes} bytes, SHA-256 ${wanted.slice(0, 16)}…)`;
    const file = imageFiles(given).get(role);
    if (file !== undefined) throw new UserError(`${made}; ${options[role]} ${file} is another file`);
    const why = existsSync(name) ? "is another file now" : "is not here";
    const option = Object.hasOwn(options, role) ? options[role] : undefined;
    throw new UserError(`${made}, which ${why}: ${option ? `name it with ${option} FILE` : "put it there again"}`);
  }
  checkImages(header, images, sha256);
  return images;
}

/** For a replay: the files that the options name, and for the others those that the recording was made with. */
export function filesOfRecording(header: LogHeader, options: Options): ReadonlyMap<ImageRole, string> {
  const files = new Map(imageFiles(options));
  for (const { role, name, bytes } of header.images) {
    // A recording may come from anyone, and name anything.
    if (files.has(role)) continue;
    const own = join(projectFolder(), ".cache/firmware", basename(name));
    const several = role === "initrd" && hasModules(header);
    const found = [name, own].find((file) =>
      areFilesOf(bytes, several ? splitModules(file).map((module) => module.file) : [file]),
    );
    if (found !== undefined) files.set(role, found);
  }
  return files;
}

const hasModules = ({ configuration }: LogHeader): boolean => Object.hasOwn(configuration, "modules");

/** Files of so many bytes together. */
function areFilesOf(bytes: number, names: readonly string[]): boolean {
  try {
    const found = names.map((name) => statSync(name));
    return found.every((each) => each.isFile()) && found.reduce((sum, { size }) => sum + size, 0) === bytes;
  } catch {
    return false;
  }
}
