import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, UserError } from "../../base/index.ts";
import type { Input } from "../../hardware/index.ts";
import { MemoryStore, readWhole } from "../../storage/index.ts";
import { checkImages, describeImage, type LogHeader } from "./header.ts";
import { History } from "./history.ts";
import type { LogRecord } from "./records.ts";
import { readRecording, type Recording } from "./reader.ts";
import { readVarint, writeVarint } from "./varint.ts";
import { LogWriter } from "./writer.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const header: LogHeader = {
  configuration: {
    board: "virt",
    cpu: "cortex-a53",
    ramBytes: 2 ** 28,
    shift: 0,
    append: "nokaslr",
    reboot: false,
    randomness: true,
    semantics: 1,
  },
  images: [describeImage("kernel", "vmlinuz", text("kernel"))],
  created: 1_700_000_000_000,
  version: "0.1.0",
};

const chunks: readonly (readonly LogRecord[])[] = [
  [
    { kind: "entropy", position: 0, bytes: Uint8Array.of(1, 2, 3) },
    { kind: "realTime", position: 0, seconds: 1_700_000_000 },
    { kind: "complete", position: 0 },
  ],
  [
    { kind: "input", position: 5, input: { kind: "arrival", port: 0, bytes: text("ls\r") } },
    { kind: "input", position: 5, input: { kind: "break", port: 0 } },
    { kind: "idleEnd", position: 700_000_000_000, ns: 2 ** 52 },
    { kind: "hash", position: 700_000_000_001, hash: new Uint8Array(16).fill(7) },
    { kind: "name", position: 12, virtualNs: 34, name: "früh" },
    { kind: "complete", position: 700_000_000_002 },
  ],
  [
    { kind: "input", position: 700_000_000_002, input: { kind: "wake" } },
    { kind: "input", position: 700_000_000_003, input: { kind: "reset" } },
    { kind: "input", position: 700_000_000_004, input: { kind: "quit" } },
    {
      kind: "input",
      position: 700_000_000_005,
      input: { kind: "write-memory", physicalAddress: 2 ** 40, bytes: text("w") },
    },
    {
      kind: "input",
      position: 700_000_000_006,
      input: { kind: "write-register", register: 32, bytes: text("12345678") },
    },
    { kind: "input", position: 700_000_000_007, input: { kind: "read-port", port: 0x64, size: 1 } },
    {
      kind: "input",
      position: 700_000_000_008,
      input: { kind: "write-port", port: 0xffff, size: 4, value: 2 ** 32 - 1 },
    },
    { kind: "name", position: 13, virtualNs: 35, name: "gone" },
    { kind: "forget", name: "gone" },
    { kind: "end", position: 700_000_000_009, reason: "guest-shutdown" },
  ],
];

async function sample(): Promise<Uint8Array> {
  const store = new MemoryStore();
  const writer = await LogWriter.create(await store.create("x"), header);
  for (const chunk of chunks) {
    for (const record of chunk) writer.add(record);
    writer.flush();
  }
  await writer.close();
  return readWhole(store, "x");
}

/** What a recording says, without the file's length. */
function meaning({ header, history }: Recording): string {
  return JSON.stringify([header, history.records(), history.end], (_, value: unknown) =>
    value instanceof Uint8Array ? [...value] : value,
  );
}

describe("the log", () => {
  it("gives back what was written", async () => {
    const { history, header: read, damage, goodBytes } = readRecording(await sample());
    expect(read).toEqual(header);
    expect(damage).toBeUndefined();
    expect(goodBytes).toBe((await sample()).length);
    expect(history.entropy).toEqual([chunks[0]![0]]);
    expect(history.inputs.map(({ input }) => input.kind)).toEqual([
      "arrival",
      "break",
      "wake",
      "reset",
      "quit",
      "write-memory",
      "write-register",
      "read-port",
      "write-port",
    ]);
    expect(history.inputs.map((record) => record)).toEqual([...chunks[1]!.slice(0, 2), ...chunks[2]!.slice(0, 7)]);
    expect(history.idleEnds).toEqual([chunks[1]![2]]);
    expect(history.hashes).toEqual([chunks[1]![3]]);
    expect([...history.names.keys()]).toEqual(["früh"]);
    expect(history.end).toBe(700_000_000_009);
    expect(history.endReason).toBe("guest-shutdown");
  });

  it("cut anywhere is readable up to its last whole chunk", async () => {
    const file = await sample();
    const meanings = new Set<string>();
    let headerFailures = 0;
    for (let length = 0; length <= file.length; length++) {
      try {
        const recording = readRecording(file.subarray(0, length));
        expect(recording.damage).toBeUndefined();
        meanings.add(meaning(recording));
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        headerFailures++;
      }
    }
    expect(meanings.size).toBe(4);
    expect(headerFailures).toBeLessThan(700);
  });

  it("shows every flipped bit, and keeps what was before", async () => {
    const file = await sample();
    const prefixes = new Set<string>();
    for (let length = 0; length <= file.length; length++)
      try {
        prefixes.add(meaning(readRecording(file.subarray(0, length))));
      } catch {
        continue;
      }
    const whole = meaning(readRecording(file));
    for (let bit = 0; bit < file.length * 8; bit++) {
      const damaged = file.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const recording = readRecording(damaged);
        expect(recording.damage).toMatch(/damaged at byte \d+/);
        expect(prefixes).toContain(meaning(recording));
        expect(meaning(recording)).not.toBe(whole);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
  });

  it("ends before an input that follows an edit, which is a step of its own", async () => {
    const store = new MemoryStore();
    const writer = await LogWriter.create(await store.create("x"), header);
    writer.add({ kind: "complete", position: 0 });
    writer.flush();
    for (const kind of ["reset", "quit"] as const) writer.add({ kind: "input", position: 5, input: { kind } });
    await writer.close();
    const { damage, history } = readRecording(await readWhole(store, "x"));
    expect(damage).toMatch(/an input follows an edit at position 5$/);
    expect(history.end).toBe(0);
  });

  it.each([
    ["an access to a port of 3 bytes", { kind: "read-port", port: 0x64, size: 3 }],
    ["an access to a port of 0 bytes", { kind: "write-port", port: 0x64, size: 0, value: 0 }],
    ["no port has the number 65536", { kind: "read-port", port: 2 ** 16, size: 1 }],
    ["no port has the number 9007199254740991", { kind: "write-port", port: 2 ** 53 - 1, size: 2, value: 1 }],
    ["a value that is too large for its port", { kind: "write-port", port: 0x64, size: 2, value: 2 ** 16 }],
  ])("ends before an access that no guest makes: %s", async (why, input) => {
    const store = new MemoryStore();
    const writer = await LogWriter.create(await store.create("x"), header);
    writer.add({ kind: "complete", position: 0 });
    writer.flush();
    writer.add({ kind: "input", position: 5, input: input as Input });
    await writer.close();
    const { damage, history } = readRecording(await readWhole(store, "x"));
    expect(damage).toMatch(new RegExp(`${why}$`));
    expect(history.end).toBe(0);
  });

  it("refuses other files and other versions in one line", async () => {
    expect(() => readRecording(text("GIF89a and so on"))).toThrow(/not a Hindsight recording/);
    expect(() => readRecording(new Uint8Array())).toThrow(/too short/);
    const future = await sample();
    future[8] = 9;
    expect(() => readRecording(future)).toThrow("the recording has format 9; this Hindsight reads format 1");
  });

  it("names the image that is missing or differs", () => {
    checkImages(header, { kernel: text("kernel") });
    expect(() => checkImages(header, {})).toThrow(/needs the kernel image 'vmlinuz'/);
    expect(() => checkImages(header, { kernel: text("kernal") })).toThrow(/differs/);
    expect(() => checkImages(header, { kernel: text("kernel"), initrd: text("x") })).toThrow(/without initrd/);
  });

  it("keeps the failure of its store", async () => {
    let left = 3;
    const to = {
      append: async () => {
        if (left-- === 0) throw new UserError("storage is full");
      },
      close: async () => {},
    };
    const writer = await LogWriter.create(to, header);
    writer.add({ kind: "complete", position: 0 });
    writer.flush();
    await writer.settled();
    writer.add({ kind: "complete", position: 1 });
    writer.flush();
    await expect(writer.settled()).rejects.toThrow("storage is full");
    expect(writer.error).toBeInstanceOf(UserError);
  });
});

it("varints hold every safe integer", () => {
  for (const value of [0, 1, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32, 2 ** 53 - 1]) {
    const to = new ByteWriter();
    writeVarint(to, value);
    expect(readVarint(new ByteReader(to.finish()))).toBe(value);
  }
  expect(() => readVarint(new ByteReader(new Uint8Array(9).fill(0xff)))).toThrow(UserError);
});

// Regression: `hindsight verify` said that no hash stands after position -1.
it("a history without a hash has its last one at 0, and one that goes on without has the one before", () => {
  const history = new History();
  history.append({ kind: "complete", position: 5 });
  expect(history.blocks.lastHash(Infinity)).toBe(0);
  history.append({ kind: "hash", position: 7, hash: new Uint8Array(8) });
  history.append({ kind: "complete", position: 9 });
  expect([history.blocks.lastHash(Infinity), history.blocks.lastHash(6)]).toEqual([7, 0]);
});
