import type { TranslatedRegion, TranslationRequest } from "./translator/index.ts";

/** One batch for the translator, as a message to its worker. */
export interface TranslationJob {
  readonly id: number;
  readonly requests: readonly TranslationRequest[];
}

export interface TranslationReply {
  readonly id: number;
  readonly module: WebAssembly.Module;
  /** Size of the module. */
  readonly bytes: number;
  /** In the order of the requests. */
  readonly regions: readonly TranslatedRegion[];
}

/** Where translations are made: in this thread, or, later than asked, in another. */
export interface TranslationService {
  /** `done` is called once, between runs. */
  request(requests: readonly TranslationRequest[], done: (reply: TranslationReply) => void): void;
}

/** What a message with this job need not copy: the requests' arrays are made for it. */
export function transferable({ requests }: TranslationJob): ArrayBuffer[] {
  return requests.flatMap(({ words, entries, executed }) =>
    [words, entries, executed].flatMap((array) => (array ? [array.buffer] : [])),
  );
}

/** A translator in a worker, which is started when the first job comes: nothing waits for it. */
export function translateElsewhere(
  start: (onReply: (reply: TranslationReply) => void) => { post(job: TranslationJob): void },
): TranslationService {
  const waiting = new Map<number, (reply: TranslationReply) => void>();
  let worker: { post(job: TranslationJob): void } | undefined;
  let jobs = 0;
  return {
    request(requests, done) {
      worker ??= start((reply) => {
        waiting.get(reply.id)?.(reply);
        waiting.delete(reply.id);
      });
      const id = jobs++;
      waiting.set(id, done);
      worker.post({ id, requests });
    },
  };
}
