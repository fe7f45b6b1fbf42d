import type { RecordingReader, RecordingStore, RecordingWriter } from "../../storage/index.ts";
import type { Machine } from "../../machine/index.ts";
import type { ImageReference } from "../log/header.ts";
import type { TravelLimits } from "../session/chronicle.ts";
import type { TravelSession } from "../session/travel-session.ts";
import { recordSession } from "../session/factories.ts";
import { FakeHost } from "./fake-host.ts";
import { machine } from "./sessions.ts";

/** Steps from one input to the next. */
const apart = 64;

/** What is given large inputs: a toy, unless said. */
export interface LargeLogOf {
  readonly machine: Machine;
  readonly images: readonly ImageReference[];
  /** The inputs go there. */
  readonly base: number;
  readonly bytes: number;
}

/** Records a machine that is given large inputs, until the log has so many bytes. The session stands at its end. */
export async function recordLarge(
  store: RecordingStore,
  name: string,
  logBytes: number,
  limits: Partial<TravelLimits>,
  inputBytes = 2 ** 16,
  { machine: subject, images, base, bytes: room }: LargeLogOf = toy(),
): Promise<TravelSession> {
  const header = { configuration: subject.configuration, images, created: 0, version: "test" };
  const common = { machine: subject, host: new FakeHost(5), limits, sleep: false };
  const session = await recordSession({ ...common, store, name, header });
  for (let count = 0; count * inputBytes < logBytes; count++) {
    await session.run({ until: session.position + apart });
    const bytes = new Uint8Array(inputBytes).fill(count);
    const physicalAddress = base + ((count * 4096 * 7) % (room - inputBytes));
    session.edit({ kind: "write-memory", physicalAddress, bytes });
    // The file is as slow as it is: what it does not have yet stays in memory.
    if (count % 16 === 0) await session.keep(() => false);
  }
  return session;
}

function toy(): LargeLogOf {
  return { machine: machine(), images: [], base: 0, bytes: 70 * 4096 };
}

/** A store that counts what goes in and out. */
export class CountingStore implements Pick<RecordingStore, "open" | "create" | "append"> {
  readBytes = 0;
  largestRead = 0;
  largestWrite = 0;
  /** Called before every read, which waits for what it returns. */
  onRead: ((offset: number) => Promise<void> | undefined) | undefined;

  constructor(private readonly store: RecordingStore) {}

  /** The store itself, counted. */
  static over(store: RecordingStore): { readonly store: RecordingStore; readonly counts: CountingStore } {
    const counts = new CountingStore(store);
    const counted = Object.assign(Object.create(store) as RecordingStore, {
      open: (name: string) => counts.open(name),
      create: (name: string) => counts.create(name),
      append: (name: string, length: number) => counts.append(name, length),
    });
    return { store: counted, counts };
  }

  async open(name: string): Promise<RecordingReader> {
    const reader = await this.store.open(name);
    const read = async (offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      await this.onRead?.(offset);
      const bytes = await reader.read(offset, length);
      this.readBytes += bytes.length;
      this.largestRead = Math.max(this.largestRead, bytes.length);
      return bytes;
    };
    return { size: () => reader.size(), read, close: () => reader.close() };
  }

  async create(name: string): Promise<RecordingWriter> {
    return this.counted(await this.store.create(name));
  }
  async append(name: string, length: number): Promise<RecordingWriter> {
    return this.counted(await this.store.append(name, length));
  }

  private counted(writer: RecordingWriter): RecordingWriter {
    const append = async (bytes: Uint8Array): Promise<void> => {
      this.largestWrite = Math.max(this.largestWrite, bytes.length);
      await writer.append(bytes);
    };
    return { append, close: () => writer.close() };
  }
}
