import type { Decoder } from "../../isa/index.ts";
import type { BreakPlaces } from "./breakpoints.ts";
import type { CodePlace, PredecodedCode } from "./predecoded.ts";
import { ExecutedCode } from "./executed-code.ts";
import type { CodeUnits } from "./units.ts";
import {
  CODE,
  CODE_ENTRY_BYTES,
  CODE_INDEX,
  CODE_PAGE_BYTES,
  CODE_PAGES,
  COVERED,
  COVERED_PAGE_BYTES,
  FETCHED,
  FIRST_HANDLER,
  HANDLER_BREAKPOINT,
  HANDLER_PAGE_END,
  HANDLER_UNDEFINED,
  OWN_HANDLER,
  PAGE_FLAGS,
  PAGE_HAS_CODE,
  PAGE_IS_DIRTY,
  RAM,
} from "../layout.ts";

/** Instruction words met before, each at the one place that its hash gives it. */
const KNOWN_BITS = 17;

/** Predecoded pages: entries appear when first executed and vanish when their word is written. */
export class CodeCache implements PredecodedCode {
  readonly executed = new ExecutedCode();
  readonly units: CodeUnits = { bytes: 4, perPage: 1024 };
  readonly modes = 1;
  readonly longest = 1;
  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array<ArrayBuffer>;
  /** RAM page of each code page in use. */
  private readonly owners: number[] = [];
  /** The most that there have been. */
  private used = 0;
  private readonly knownWords = new Uint32Array(2 ** KNOWN_BITS);
  /** Their handlers; 0, which is no instruction's, where there is none. */
  private readonly knownHandlers = new Uint16Array(2 ** KNOWN_BITS);

  constructor(
    memory: WebAssembly.Memory,
    private readonly decoder: Decoder,
    private readonly flushTlb: () => void,
    /** Every code address is about to become invalid. */
    private readonly beforeClear: () => void,
    private readonly breakPlaces: (page: number) => BreakPlaces,
  ) {
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
  }

  allocate(page: number): number {
    if (this.owners.length === CODE_PAGES) this.clear();
    const address = CODE + this.owners.push(page) * CODE_PAGE_BYTES - CODE_PAGE_BYTES;
    // What was never used is zero, and costs memory from the first touch on.
    if (this.owners.length > this.used) this.used++;
    else this.bytes.fill(0, address, address + CODE_PAGE_BYTES);
    this.words[(address + CODE_PAGE_BYTES - CODE_ENTRY_BYTES) >> 2] = HANDLER_PAGE_END;
    this.words[(CODE_INDEX >> 2) + page] = address;
    const covered = COVERED + (this.owners.length - 1) * COVERED_PAGE_BYTES;
    this.bytes.fill(0, covered, covered + COVERED_PAGE_BYTES);
    this.words[(FETCHED >> 2) + 2 * (this.owners.length - 1)] = 0;
    const flags = this.bytes[PAGE_FLAGS + page]!;
    // A page with code has no write entry in the TLB.
    if (flags & PAGE_IS_DIRTY) this.flushTlb();
    this.bytes[PAGE_FLAGS + page] = flags | PAGE_HAS_CODE;
    return address;
  }

  /** Fills in the entry at a code address. */
  decode(entry: number): void {
    const word = this.instructionAt(entry);
    const own = this.handlerOf(word);
    const { page, unit } = this.placeOf(entry);
    this.words[entry >> 2] = this.breakPlaces(page).has(unit) ? HANDLER_BREAKPOINT : own;
    this.words[(entry >> 2) + 1] = word;
    this.words[(entry + OWN_HANDLER) >> 2] = own;
    this.executed.add(page, unit);
  }

  private codeOf(page: number): number {
    return this.words[(CODE_INDEX >> 2) + page]!;
  }
  has(page: number): boolean {
    return this.codeOf(page) !== 0;
  }
  content(page: number): Uint32Array<ArrayBuffer> {
    const first = (RAM + page * 4096) >>> 2;
    return this.words.subarray(first, first + 1024);
  }
  unitAt(page: number, unit: number): number {
    return this.words[((RAM + page * 4096) >>> 2) + unit]!;
  }
  decoded(page: number): Uint8Array<ArrayBuffer> {
    const code = this.codeOf(page) >> 2;
    const decoded = new Uint8Array(1024);
    if (code) for (let unit = 0; unit < 1024; unit++) decoded[unit] = this.words[code + unit * 2]! & 0xffff ? 1 : 0;
    return decoded;
  }
  lengthAt(): number {
    return 1;
  }
  entryAt(page: number, unit: number): number {
    return this.codeOf(page) + unit * CODE_ENTRY_BYTES;
  }
  decodeAt(page: number, unit: number): number {
    const entry = this.entryAt(page, unit);
    this.decode(entry);
    return entry;
  }
  forgetEntry(page: number, unit: number): void {
    this.words[this.entryAt(page, unit) >> 2] = 0;
  }
  covered(page: number): Uint8Array | undefined {
    const code = this.codeOf(page);
    if (code === 0) return undefined;
    const at = COVERED + ((code - CODE) / CODE_PAGE_BYTES) * COVERED_PAGE_BYTES;
    return this.bytes.subarray(at, at + COVERED_PAGE_BYTES);
  }

  handlerAt(entry: number): number {
    return this.handlerOf(this.instructionAt(entry));
  }

  private handlerOf(word: number): number {
    const at = Math.imul(word, 0x9e3779b1) >>> (32 - KNOWN_BITS);
    if (this.knownWords[at] === word && this.knownHandlers[at] !== 0) return this.knownHandlers[at]!;
    const index = this.decoder.handler(word);
    const handler = index < 0 ? HANDLER_UNDEFINED : FIRST_HANDLER + index;
    this.knownWords[at] = word;
    this.knownHandlers[at] = handler;
    return handler;
  }

  placeOf(entry: number): CodePlace {
    return { page: this.owners[Math.floor((entry - CODE) / CODE_PAGE_BYTES)]!, unit: this.pageOffset(entry) >> 2 };
  }

  private pageOffset(entry: number): number {
    return ((entry - CODE) % CODE_PAGE_BYTES) >> 1;
  }

  private instructionAt(entry: number): number {
    const owner = this.owners[Math.floor((entry - CODE) / CODE_PAGE_BYTES)]!;
    return this.words[(RAM + owner * 4096 + this.pageOffset(entry)) >>> 2]!;
  }

  forget(page: number, places: BreakPlaces): void {
    const address = this.words[(CODE_INDEX >> 2) + page]!;
    if (address) for (const word of places) this.words[(address + word * CODE_ENTRY_BYTES) >> 2] = 0;
  }

  forgetFetched(): void {
    this.words.fill(0, FETCHED >> 2, (FETCHED >> 2) + 2 * this.owners.length);
    this.flushTlb();
  }

  clear(): void {
    this.beforeClear();
    for (const page of this.owners) {
      this.words[(CODE_INDEX >> 2) + page] = 0;
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_HAS_CODE;
    }
    this.owners.length = 0;
    this.flushTlb();
  }
}
