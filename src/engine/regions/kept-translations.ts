import { ByteReader, ByteWriter, crc32c, sealed, unsealed, UserError } from "../../base/index.ts";
import type { TranslatedModule, TranslatedRegion, Translation } from "./translation.ts";

/** Where blobs are kept that may be lost at any time. */
export interface Blobs {
  keys(): Promise<readonly string[]>;
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Of the newest. A module has a few kilobytes, and a hundred times that where many were put together. */
const MAX_MODULES = 512;
/** Of Wasm: a machine holds no more. */
const MAX_BYTES = 32 * 1024 * 1024;
/** At most, whatever the guest's units are. What lies behind a page's last one says nothing, and is never found there. */
const PAGE_UNITS = 4096;

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
  private own: string[] = [];

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
    const replaced = (await put) ? replaces.map((one) => `${this.sources} ${one}`) : [];
    for (const one of replaced) await this.forget(one);
    this.own = this.own.filter((one) => !replaced.includes(one));
    if (this.own.push(key) > MAX_MODULES) await this.forget(this.own.shift()!);
  }

  /** The oldest first. Never rejects. */
  async load(): Promise<TranslatedModule[]> {
    if (this.sources === "") return [];
    const all = (await this.blobs.keys().catch(() => [])).toSorted();
    const own = all.filter((key) => key.startsWith(`${this.sources} `));
    const [old, recent] = [own.slice(0, -MAX_MODULES), own.slice(-MAX_MODULES)];
    const stampOf = (key: string): string => key.slice(key.indexOf(" "));
    const read = recent.map(async (key) => {
      const blob = await this.blobs.get(key).catch(() => undefined);
      return blob && { blob, kept: stampOf(key).slice(1) };
    });
    const modules = await compileNewest(await Promise.all(read));
    const used = new Set(modules.map(({ kept }) => kept));
    const useless = recent.filter((key) => !used.has(stampOf(key).slice(1)));
    // Another version beside this one keeps its own.
    const others = all.filter((key) => !key.startsWith(`${this.sources} `));
    others.sort((a, b) => (stampOf(a) < stampOf(b) ? -1 : 1));
    await Promise.all([...old, ...useless, ...others.slice(0, -MAX_MODULES)].map((key) => this.forget(key)));
    return modules;
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
}

/**
 * What was packed, unless it is of other sources, or all in `known` already. Never rejects: what is damaged is left out.
 */
export async function unpackTranslations(
  file: Uint8Array,
  sources: string,
  known: readonly TranslatedModule[] = [],
): Promise<TranslatedModule[]> {
  const blobs: Uint8Array[] = [];
  try {
    const from = new ByteReader(file);
    const own = from.text() === sources;
    for (let count = from.u32(); own && count > 0 && blobs.length < MAX_MODULES; count--) blobs.push(from.blob());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return compileNewest(
    blobs.map((blob) => ({ blob })),
    known,
  );
}

/** Of these, the oldest of which come first, what is not damaged, has something that no newer one has, and finds room. */
async function compileNewest(
  all: readonly ({ readonly blob: Uint8Array; readonly kept?: string } | undefined)[],
  known: readonly TranslatedModule[] = [],
): Promise<TranslatedModule[]> {
  const seen = new Set(known.flatMap(({ regions }) => regions.map(identity)));
  let bytes = 0;
  const wanted = all.toReversed().flatMap((one) => {
    const translation = one && decoded(one.blob);
    if (!translation || bytes + translation.wasm.length > MAX_BYTES) return [];
    const identities = translation.regions.filter(({ entries }) => entries.length > 0).map(identity);
    if (identities.every((one) => seen.has(one))) return [];
    identities.forEach((one) => seen.add(one));
    bytes += translation.wasm.length;
    return [compiled(translation, one.kept).catch(() => undefined)];
  });
  return (await Promise.all(wanted)).filter((module) => module !== undefined).toReversed();
}

/** Equal for regions that were made from the same, nearly always only for these: a translation that is left out is made again. */
function identity({ entries, covered, code, mode }: TranslatedRegion): string {
  const sums = [entries, covered, code].map(({ buffer, byteOffset, byteLength }) =>
    crc32c(new Uint8Array(buffer, byteOffset, byteLength)),
  );
  return [mode, ...sums].join();
}

async function compiled({ wasm, regions }: Translation, kept: string | undefined): Promise<TranslatedModule> {
  const module = await WebAssembly.compile(wasm);
  const functions = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
  if (!regions.every((region) => region.entries.length === 0 || functions.has(region.function)))
    throw new UserError("it lacks a function");
  return { module, bytes: wasm.length, regions, kept };
}

function decoded(blob: Uint8Array): Translation | undefined {
  try {
    return decode(blob);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function encode({ wasm, regions }: Translation): Uint8Array {
  const to = new ByteWriter().blob(wasm).u16(regions.length);
  for (const { entries, function: name, covered, code, mode } of regions) {
    to.u8(mode).u16(covered.length);
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
    const mode = from.u8();
    const covered = Uint16Array.from(list(() => from.u16()));
    const code = Uint32Array.from(covered, () => from.u32());
    const entries = Uint16Array.from(list(() => from.u16()));
    if (covered.some((place) => place >= PAGE_UNITS) || entries.some((word) => !covered.includes(word)))
      throw new UserError("a region holds places that no page has");
    return { entries, function: from.text(), covered, code, mode };
  });
  return { wasm, regions };
}
