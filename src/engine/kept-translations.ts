import { ByteReader, ByteWriter, sealed, unsealed, UserError } from "../base/index.ts";
import type { TranslatedModule, TranslatedRegion, Translation } from "./translation.ts";

/** Where blobs are kept that may be lost at any time. */
export interface Blobs {
  keys(): Promise<readonly string[]>;
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Of the newest. A module has a few kilobytes. */
const MAX_MODULES = 512;
const PAGE_WORDS = 1024;

/** Name of the interpreter's custom section that says which sources it, and all translated code, is made from. */
export const SOURCES_SECTION = "sources";

/** Empty for an interpreter that does not say it: nothing is kept for that. */
export function sourcesOf(interpreter: WebAssembly.Module): string {
  const [section] = WebAssembly.Module.customSections(interpreter, SOURCES_SECTION);
  return section ? new TextDecoder().decode(new Uint8Array(section)) : "";
}

/**
 * Translated modules for machines to come. They are used where pages say what they were made from, so whether they are
 * there makes no difference to any state; of other sources they are left alone, damaged they are thrown away.
 */
export class KeptTranslations {
  /** Keys of what was kept here, the oldest first. */
  private readonly own: string[] = [];

  constructor(
    private readonly blobs: Blobs,
    private readonly sources: string,
  ) {}

  /**
   * `stamp`: sorts after those of the modules kept before. `replaces`: stamps of modules that it takes the place of. What
   * cannot be kept is made again another time.
   */
  async keep(translation: Translation, stamp: string, replaces: readonly string[] = []): Promise<void> {
    if (this.sources === "" || translation.regions.every(({ entries }) => entries.length === 0)) return;
    const key = `${this.sources} ${stamp}`;
    const put = this.blobs.put(key, encode(translation)).then(
      () => true,
      () => false,
    );
    if (await put) for (const one of replaces) await this.forget(`${this.sources} ${one}`);
    if (this.own.push(key) > MAX_MODULES) await this.forget(this.own.shift()!);
  }

  /** The oldest first. Never rejects. */
  async load(): Promise<TranslatedModule[]> {
    if (this.sources === "") return [];
    const all = (await this.blobs.keys().catch(() => [])).toSorted();
    const own = all.filter((key) => key.startsWith(`${this.sources} `));
    const [old, recent] = [own.slice(0, -MAX_MODULES), own.slice(-MAX_MODULES)];
    const modules = await Promise.all(
      recent.map(async (key) => {
        const module = await this.read(key).catch(() => undefined);
        if (!module) await this.forget(key);
        return module && { ...module, kept: key.slice(this.sources.length + 1) };
      }),
    );
    // Another version beside this one keeps its own.
    const stampOf = (key: string): string => key.slice(key.indexOf(" "));
    const others = all.filter((key) => !key.startsWith(`${this.sources} `));
    others.sort((a, b) => (stampOf(a) < stampOf(b) ? -1 : 1));
    await Promise.all([...old, ...others.slice(0, -MAX_MODULES)].map((key) => this.forget(key)));
    return modules.filter((module) => module !== undefined);
  }

  /** All that is kept as one file, for machines elsewhere. */
  async pack(): Promise<Uint8Array<ArrayBuffer>> {
    const keys = (await this.blobs.keys()).filter((key) => key.startsWith(`${this.sources} `)).sort();
    const blobs = (await Promise.all(keys.map((key) => this.blobs.get(key)))).filter((blob) => blob !== undefined);
    const to = new ByteWriter().text(this.sources).u32(blobs.length);
    for (const blob of blobs) to.blob(blob);
    return to.finish();
  }

  private async forget(key: string): Promise<void> {
    await this.blobs.delete(key).catch(() => undefined);
  }

  private async read(key: string): Promise<TranslatedModule> {
    const blob = await this.blobs.get(key);
    if (!blob) throw new UserError("it is damaged");
    return compiled(blob);
  }
}

/** What was packed, unless it is of other sources. Never rejects: what is damaged is left out. */
export async function unpackTranslations(file: Uint8Array, sources: string): Promise<TranslatedModule[]> {
  const blobs: Uint8Array[] = [];
  try {
    const from = new ByteReader(file);
    const own = from.text() === sources;
    for (let count = from.u32(); own && count > 0 && blobs.length < MAX_MODULES; count--) blobs.push(from.blob());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  const modules = await Promise.all(blobs.map((blob) => compiled(blob).catch(() => undefined)));
  return modules.filter((module) => module !== undefined);
}

async function compiled(blob: Uint8Array): Promise<TranslatedModule> {
  const { wasm, regions } = decode(blob);
  const module = await WebAssembly.compile(wasm);
  const functions = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  if (!regions.every((region) => region.entries.length === 0 || functions.has(region.function)))
    throw new UserError("it lacks a function");
  return { module, bytes: wasm.length, regions };
}

function encode({ wasm, regions }: Translation): Uint8Array {
  const to = new ByteWriter().blob(wasm).u16(regions.length);
  for (const { entries, function: name, covered, code } of regions) {
    to.u16(covered.length);
    for (const word of covered) to.u16(word);
    for (const instruction of code) to.u32(instruction);
    to.u16(entries.length);
    for (const word of entries) to.u16(word);
    to.text(name);
  }
  return sealed(to.finish());
}

function decode(blob: Uint8Array): Translation {
  const from = new ByteReader(unsealed(blob));
  const wasm = from.blob();
  const list = <T>(read: () => T): T[] => Array.from({ length: from.u16() }, read);
  const regions = list((): TranslatedRegion => {
    const covered = Uint16Array.from(list(() => from.u16()));
    const code = Uint32Array.from(covered, () => from.u32());
    const entries = Uint16Array.from(list(() => from.u16()));
    if (covered.some((word) => word >= PAGE_WORDS) || entries.some((word) => !covered.includes(word)))
      throw new UserError("a region holds words that no page has");
    return { entries, function: from.text(), covered, code };
  });
  return { wasm, regions };
}
