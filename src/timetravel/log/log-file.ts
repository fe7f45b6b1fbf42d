import { UserError } from "../../base/index.ts";
import type { RecordingStore } from "../../storage/index.ts";
import type { BlockSource } from "./blocks.ts";
import type { LogHeader } from "./header.ts";
import type { History } from "./history.ts";
import { keepLogIndex } from "./log-index.ts";
import { LogSource } from "./log-source.ts";
import type { Recording } from "./reader.ts";
import { atOnceBytes } from "./stored-recording.ts";
import { LogWriter } from "./writer.ts";

/** A log that is being written, and read where it is not in memory any more. */
export interface WrittenLog {
  readonly writer: LogWriter;
  readonly source: BlockSource & { close(): Promise<void> };
  /** Nothing comes of it. */
  readonly discard: () => Promise<void>;
  /** Stores in its cache what its file would have to be read for, where that would take long. */
  readonly keepIndex: (history: History) => Promise<void>;
}

/** How a session's recording is written. */
export interface LogFile {
  /** Starts writing at the end of an opened recording, for names. */
  readonly reopen?: () => Promise<LogWriter>;
  /** Makes the recording anew, with nothing but its header. Rejects when its name is taken. */
  readonly renew: () => Promise<WrittenLog>;
}

/** `recording`: what is there already. */
export function logFile(store: RecordingStore, name: string, header: LogHeader, recording?: Recording): LogFile {
  return {
    ...(recording && {
      reopen: async () => {
        while (recording.history.growth) await recording.history.growth;
        // Writing behind the good part would destroy what can perhaps be saved.
        if (recording.damage !== undefined) throw new UserError(recording.damage);
        return new LogWriter(await store.append(name, recording.goodBytes), recording.goodBytes);
      },
    }),
    renew: async () => {
      const to = await store.create(name);
      try {
        const writer = await LogWriter.create(to, header);
        const reader = await store.open(name);
        const source = new LogSource(reader, () => writer.stored);
        const keepIndex = async (history: History): Promise<void> => {
          if (writer.stored > atOnceBytes) await keepLogIndex(history, reader, store.cache(name), writer.stored);
        };
        const discard = async (): Promise<void> => {
          await writer.abandon();
          await source.close();
          await store.delete(name);
        };
        return { writer, source, discard, keepIndex };
      } catch (error) {
        await to.close();
        await store.delete(name);
        throw error;
      }
    },
  };
}
