import { assert } from "../../base/index.ts";
import { packFields, RUN_FIELD_WORDS, type RunCode, type RunHandlers } from "../../isa/index.ts";
import {
  CODE,
  CODE_INDEX,
  FIRST_HANDLER,
  HANDLER_BREAKPOINT,
  HANDLER_DECODE,
  HANDLER_PAGE_END,
  HANDLER_UNDEFINED,
  PAGE_FLAGS,
  PAGE_HAS_CODE,
  PAGE_IS_DIRTY,
  RAM,
} from "../layout.ts";
import type { BreakPlaces } from "./breakpoints.ts";
import type { CodeUnits } from "./units.ts";
import { ExecutedCode } from "./executed-code.ts";
import type { CodePlace, PredecodedCode } from "./predecoded.ts";
import {
  EMPTIED,
  RUN_ENGINE,
  RUN_ENTRY,
  RUN_ENTRY_BYTES,
  RUN_PAGE,
  RUN_PAGE_BYTES,
  RUN_PAGES,
  RUN_POOL,
  RUN_POOL_END,
  STRADDLES,
} from "./run-layout.ts";

const PAGE = 4096;

/** What the cache needs of the guest whose code it is. */
export interface RunGuestCode {
  readonly code: RunCode;
  readonly undefinedInstruction: unknown;
}

/**
 * Predecoded code whose instructions have many lengths: entries packed in the order in which they are first executed, so
 * that a basic block is a run of them. Whatever is not the next instruction is found by its offset in the page.
 */
export class RunCache implements PredecodedCode {
  readonly executed = new ExecutedCode(PAGE);
  readonly units: CodeUnits = { bytes: 1, perPage: PAGE };
  readonly modes: number;
  readonly longest: number;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly words: Uint32Array;
  private readonly halves: Uint16Array;
  private readonly fields = new Uint32Array(RUN_FIELD_WORDS);
  private readonly straddler = new Uint8Array(15);
  /** Code pages in use, and the most that there have been. */
  private count = 0;
  private used = 0;
  /** The entry at the end of the run that was begun last: it can go on there. 0: there is none. */
  private end = 0;

  constructor(
    memory: WebAssembly.Memory,
    private readonly guest: RunGuestCode,
    private readonly handlers: RunHandlers,
    private readonly flushTlb: () => void,
    /** Every code address is about to become invalid. */
    private readonly beforeClear: () => void,
    private readonly breakPlaces: (page: number) => BreakPlaces,
  ) {
    this.modes = guest.code.modes;
    this.longest = guest.code.maxLength;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.halves = new Uint16Array(memory.buffer);
  }

  /** For the mode in use. */
  allocate(page: number): number {
    if (this.count === RUN_PAGES) this.clear();
    const code = CODE + this.count++ * RUN_PAGE_BYTES;
    // What was never used is zero, and costs memory from the first touch on.
    if (this.count > this.used) this.used++;
    else this.bytes.fill(0, code, code + RUN_PAGE_BYTES);
    const first = (CODE_INDEX >> 2) + page;
    this.words[(code + RUN_PAGE.next) >> 2] = this.words[first]!;
    this.words[(code + RUN_PAGE.mode) >> 2] = this.words[RUN_ENGINE.mode >> 2]!;
    this.words[(code + RUN_PAGE.page) >> 2] = page;
    this.words[first] = code;
    const flags = this.bytes[PAGE_FLAGS + page]!;
    // A page with code has no write entry in the TLB.
    if (flags & PAGE_IS_DIRTY) this.flushTlb();
    this.bytes[PAGE_FLAGS + page] = flags | PAGE_HAS_CODE;
    return code;
  }

  /**
   * Decodes the instruction at an offset in the page in execution. `from`: the entry that leads there, or 0.
   * Gives its entry, or STRADDLES or EMPTIED.
   */
  decode(from: number, offset: number): number {
    return this.decodeIn(this.words[RUN_ENGINE.code >> 2]!, from, offset);
  }

  private decodeIn(code: number, from: number, offset: number): number {
    const page = this.words[(code + RUN_PAGE.page) >> 2]!;
    const start = RAM + page * PAGE;
    const { code: guestCode } = this.guest;
    const last = Math.min(offset + guestCode.maxLength, PAGE);
    const decoded = guestCode.decode(this.bytes.subarray(start + offset, start + last), this.modeOf(code));
    if (!decoded) {
      assert(last === PAGE && offset + guestCode.maxLength > PAGE, "an instruction without an end");
      return STRADDLES;
    }
    // An entry whose instruction has changed but is as long as before still has the next one behind it.
    const again = from !== 0 && this.bytes[from + RUN_ENTRY.length] === decoded.length;
    const entry =
      again || (from !== 0 && from === this.end) ? from : this.end === 0 ? RUN_POOL : this.end + RUN_ENTRY_BYTES;
    if (!again) {
      if (this.isFull) {
        this.clear();
        return EMPTIED;
      }
      this.end = entry + RUN_ENTRY_BYTES;
      this.lead(this.end, offset + decoded.length);
    }
    this.fill(entry, offset, decoded, this.breakPlaces(page).has(offset));
    this.words[(code + RUN_PAGE.entries + 4 * offset) >> 2] = entry;
    this.executed.add(page, offset);
    return entry;
  }

  /** Decodes the instruction that begins at an offset in the page in execution and goes on in the page `second`, for one step. */
  decodeStraddler(offset: number, second: number): number {
    const code = this.words[RUN_ENGINE.code >> 2]!;
    const first = this.words[(code + RUN_PAGE.page) >> 2]!;
    const { straddler, guest } = this;
    const inFirst = PAGE - offset;
    for (let n = 0; n < guest.code.maxLength; n++)
      straddler[n] = this.bytes[RAM + (n < inFirst ? first * PAGE + offset + n : second * PAGE + n - inFirst)]!;
    const decoded = guest.code.decode(straddler.subarray(0, guest.code.maxLength), this.modeOf(code));
    assert(decoded, "an instruction without an end");
    const entry = RUN_ENGINE.straddler;
    this.fill(entry, offset, decoded, false);
    this.lead(entry + RUN_ENTRY_BYTES, offset + decoded.length);
    this.executed.add(first, offset);
    return entry;
  }

  /** Of entries: there is always room for one behind a run. */
  private get isFull(): boolean {
    return this.end + 3 * RUN_ENTRY_BYTES > RUN_POOL_END;
  }

  private fill(entry: number, offset: number, decoded: Parameters<RunHandlers["handler"]>[0], asks: boolean): void {
    const own =
      decoded.row === this.guest.undefinedInstruction
        ? HANDLER_UNDEFINED
        : FIRST_HANDLER + this.handlers.handler(decoded);
    this.halves[(entry + RUN_ENTRY.handler) >> 1] = asks ? HANDLER_BREAKPOINT : own;
    this.halves[(entry + RUN_ENTRY.times) >> 1] = 0;
    this.halves[(entry + RUN_ENTRY.own) >> 1] = own;
    this.halves[(entry + RUN_ENTRY.offset) >> 1] = offset;
    this.bytes[entry + RUN_ENTRY.length] = decoded.length;
    packFields(decoded, this.fields);
    this.words.set(this.fields, (entry + RUN_ENTRY.fields) >> 2);
  }

  /** An entry that leads to an offset. */
  private lead(entry: number, offset: number): void {
    this.halves[(entry + RUN_ENTRY.handler) >> 1] = offset < PAGE ? HANDLER_DECODE : HANDLER_PAGE_END;
    this.halves[(entry + RUN_ENTRY.times) >> 1] = 0;
    this.halves[(entry + RUN_ENTRY.own) >> 1] = 0;
    this.halves[(entry + RUN_ENTRY.offset) >> 1] = offset;
    this.bytes[entry + RUN_ENTRY.length] = 0;
  }

  handlerAt(entry: number): number {
    return this.halves[(entry + RUN_ENTRY.own) >> 1]!;
  }

  /** Of an entry of the page in execution. */
  placeOf(entry: number): CodePlace {
    const code = this.words[RUN_ENGINE.code >> 2]!;
    const page = this.words[(code + RUN_PAGE.page) >> 2]! * this.modes + this.modeOf(code);
    return { page, unit: this.halves[(entry + RUN_ENTRY.offset) >> 1]! };
  }

  /** Of a page in a mode; 0: it has none. */
  private codeOf(place: number): number {
    const mode = place % this.modes;
    return this.codesOf(Math.floor(place / this.modes)).find((code) => this.modeOf(code) === mode) ?? 0;
  }
  private modeOf(code: number): number {
    return this.words[(code + RUN_PAGE.mode) >> 2]!;
  }
  has(page: number): boolean {
    return this.codeOf(page) !== 0;
  }
  content(page: number): Uint8Array<ArrayBuffer> {
    const first = RAM + Math.floor(page / this.modes) * PAGE;
    return this.bytes.subarray(first, first + PAGE);
  }
  unitAt(page: number, unit: number): number {
    return this.bytes[RAM + Math.floor(page / this.modes) * PAGE + unit]!;
  }
  decoded(page: number): Uint8Array<ArrayBuffer> {
    const code = this.codeOf(page);
    const decoded = new Uint8Array(PAGE);
    const first = (code + RUN_PAGE.entries) >> 2;
    if (code) for (let unit = 0; unit < PAGE; unit++) decoded[unit] = this.words[first + unit] === 0 ? 0 : 1;
    return decoded;
  }
  lengthAt(page: number, unit: number): number {
    const entry = this.entryAt(page, unit);
    return entry === 0 ? this.longest : this.bytes[entry + RUN_ENTRY.length]!;
  }
  entryAt(page: number, unit: number): number {
    const code = this.codeOf(page);
    return code && this.words[(code + RUN_PAGE.entries + 4 * unit) >> 2]!;
  }
  decodeAt(page: number, unit: number): number {
    return this.entryAt(page, unit) || (this.isFull ? 0 : this.decodeIn(this.codeOf(page), 0, unit));
  }
  forgetEntry(page: number, unit: number): void {
    this.forgetAt(this.codeOf(page), unit);
  }
  covered(page: number): Uint8Array | undefined {
    const code = this.codeOf(page);
    return code === 0 ? undefined : this.bytes.subarray(code + RUN_PAGE.covered, code + RUN_PAGE_BYTES);
  }

  private codesOf(page: number): number[] {
    const codes: number[] = [];
    for (let code = this.words[(CODE_INDEX >> 2) + page]!; code !== 0; code = this.words[(code + RUN_PAGE.next) >> 2]!)
      codes.push(code);
    return codes;
  }

  private forgetAt(code: number, offset: number): void {
    const at = (code + RUN_PAGE.entries + 4 * offset) >> 2;
    const entry = this.words[at]!;
    if (entry === 0) return;
    this.halves[(entry + RUN_ENTRY.handler) >> 1] = HANDLER_DECODE;
    this.words[at] = 0;
  }

  forget(page: number, places: BreakPlaces): void {
    for (const code of this.codesOf(page)) for (const offset of places) this.forgetAt(code, offset);
  }

  forgetFetched(): void {
    for (let n = 0; n < this.count; n++)
      this.words.fill(
        0,
        (CODE + n * RUN_PAGE_BYTES + RUN_PAGE.fetched) >> 2,
        (CODE + n * RUN_PAGE_BYTES + RUN_PAGE.fetched + 8) >> 2,
      );
    this.flushTlb();
  }

  clear(): void {
    this.beforeClear();
    for (let n = 0; n < this.count; n++) {
      const page = this.words[(CODE + n * RUN_PAGE_BYTES + RUN_PAGE.page) >> 2]!;
      this.words[(CODE_INDEX >> 2) + page] = 0;
      this.bytes[PAGE_FLAGS + page]! &= ~PAGE_HAS_CODE;
    }
    this.count = 0;
    this.end = 0;
    this.words[RUN_ENGINE.code >> 2] = 0;
    this.flushTlb();
  }
}
