import { describe, expect, it } from "vitest";
import type { Decoder } from "../../isa/index.ts";
import { CodeCache } from "./code-cache.ts";
import {
  CODE_ENTRY_BYTES,
  CODE_INDEX,
  CODE_PAGE_BYTES,
  CODE_PAGES,
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

const RAM_PAGES = 8192;

/** Words below 1000 are instructions with a handler of that number. */
function build() {
  const memory = new WebAssembly.Memory({ initial: (RAM + RAM_PAGES * 4096) / 65536, maximum: 65536 });
  const asked: number[] = [];
  const decoder = { handler: (word: number) => (asked.push(word), word < 1000 ? word : -1) } as unknown as Decoder;
  let flushes = 0;
  const breakPlaces = new Set<number>();
  const code = new CodeCache(
    memory,
    decoder,
    () => void flushes++,
    () => {},
    (page) => (page === 5 ? breakPlaces : new Set()),
  );
  const words = new Uint32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const handler = (entry: number): number => words[entry >> 2]!;
  return { code, words, bytes, asked, handler, breakPlaces, flushes: () => flushes };
}

describe("predecoded pages", () => {
  it("are empty at first, lead to the next page, and keep stores out of the TLB", () => {
    const { code, words, bytes, handler, flushes } = build();
    bytes[PAGE_FLAGS + 5] = PAGE_IS_DIRTY;
    const address = code.allocate(5);
    expect([handler(address), handler(address + 1023 * CODE_ENTRY_BYTES)]).toEqual([HANDLER_DECODE, HANDLER_DECODE]);
    expect(handler(address + 1024 * CODE_ENTRY_BYTES)).toBe(HANDLER_PAGE_END);
    expect(words[(CODE_INDEX >> 2) + 5]).toBe(address);
    expect([bytes[PAGE_FLAGS + 5], flushes()]).toEqual([PAGE_IS_DIRTY | PAGE_HAS_CODE, 1]);
    code.allocate(6);
    expect(flushes()).toBe(1);
  });

  it("decode a word when it is reached, and anew when it has been forgotten", () => {
    const { code, words, handler } = build();
    const address = code.allocate(5);
    const entry = address + 3 * CODE_ENTRY_BYTES;
    const word = (RAM + 5 * 4096 + 12) >> 2;
    words[word] = 77;
    code.decode(entry);
    expect([handler(entry), words[(entry >> 2) + 1]]).toEqual([FIRST_HANDLER + 77, 77]);
    words[word] = 5000;
    code.forget(5, new Set([3]));
    expect([handler(entry), handler(address + 1024 * CODE_ENTRY_BYTES)]).toEqual([HANDLER_DECODE, HANDLER_PAGE_END]);
    code.decode(entry);
    expect(handler(entry)).toBe(HANDLER_UNDEFINED);
    code.forget(6, new Set([3]));
  });

  it("ask at breakpoints of their page, also where code was decoded before, until they are gone", () => {
    const { code, words, handler, breakPlaces } = build();
    const address = code.allocate(5);
    words[(RAM + 5 * 4096 + 8) >> 2] = 77;
    const [entry, other, elsewhere] = [address + 16, address + 24, code.allocate(6) + 16];
    code.decode(entry);
    breakPlaces.add(2);
    code.forget(5, breakPlaces);
    for (const at of [entry, other, elsewhere]) code.decode(at);
    expect([entry, other, elsewhere].map(handler)).toEqual([HANDLER_BREAKPOINT, FIRST_HANDLER, FIRST_HANDLER]);
    expect(code.handlerAt(entry)).toBe(FIRST_HANDLER + 77);
    code.forget(5, breakPlaces);
    expect([entry, other].map(handler)).toEqual([HANDLER_DECODE, FIRST_HANDLER]);
  });

  it("begin anew when there is no room", () => {
    const { code, words, bytes, flushes } = build();
    const first = code.allocate(0);
    for (let page = 1; page < CODE_PAGES; page++) code.allocate(page);
    expect(flushes()).toBe(0);
    expect(code.allocate(CODE_PAGES)).toBe(first);
    expect([words[CODE_INDEX >> 2], bytes[PAGE_FLAGS], flushes()]).toEqual([0, 0, 1]);
    expect(code.allocate(CODE_PAGES + 1)).toBe(first + CODE_PAGE_BYTES);
  });

  it("know instruction words again, but not any number of them", () => {
    const { code, words, asked } = build();
    const entry = code.allocate(5);
    const decode = (word: number): void => {
      words[(RAM + 5 * 4096) >> 2] = word;
      code.decode(entry);
    };
    decode(1);
    decode(1);
    expect(asked).toEqual([1]);
    for (let word = 1000; word < 1000 + 2 ** 20; word++) decode(word);
    asked.length = 0;
    decode(1);
    expect(asked).toEqual([1]);
  });
});
