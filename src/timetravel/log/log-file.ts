import type { RecordingStore } from "../../storage/index.ts";
import type { LogHeader } from "./header.ts";
import { LogWriter } from "./writer.ts";

/** How a session's recording is written. */
export interface LogFile {
  /** Starts writing at the end of an opened recording, for names. */
  readonly reopen?: () => Promise<LogWriter>;
  /** Makes the recording anew, with nothing but its header. Rejects when its name is taken. */
  readonly renew: () => Promise<LogWriter>;
}

/** `goodBytes`: of a recording that is there already. */
export function logFile(store: RecordingStore, name: string, header: LogHeader, goodBytes?: number): LogFile {
  return {
    ...(goodBytes !== undefined && {
      reopen: async () => new LogWriter(await store.append(name, goodBytes), goodBytes),
    }),
    renew: async () => {
      const to = await store.create(name);
      try {
        return await LogWriter.create(to, header);
      } catch (error) {
        await to.close();
        await store.delete(name);
        throw error;
      }
    },
  };
}
