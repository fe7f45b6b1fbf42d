import type { TranslatedModule, TranslationJob, TranslationReply } from "./translation.ts";

/** Of the modules that later machines are told of. */
const MAX_KNOWN = 512;

export interface RequestOptions {
  /** It may be of use to other machines: it is, unless told otherwise. */
  readonly keep?: boolean;
  /** Modules whose regions are all among those asked for: it takes their place. */
  readonly replaces?: readonly TranslatedModule[];
}

/** Where translations are made: in this thread, or, later than asked, in another. */
export interface TranslationService {
  /** `done` is called once, between runs; never, when the translator has failed. */
  request(
    requests: TranslationJob["requests"],
    done: (reply: TranslationReply) => void,
    options?: RequestOptions,
  ): void;
  /** What has been translated before, for other machines: the oldest first. */
  known?(): Iterable<TranslatedModule>;
  /** Why nothing is translated any more. */
  failure?(): string | undefined;
}

/** A started translator. */
export interface TranslatorWorker {
  post(job: TranslationJob): void;
}

/** What a message with this job need not copy: the requests' arrays are made for it. */
export function transferable({ requests }: TranslationJob): ArrayBuffer[] {
  return requests.flatMap((request) => {
    if ("covered" in request) return [];
    const { units, entries, executed } = request;
    return [units, entries, executed].flatMap((array) => (array ? [array.buffer] : []));
  });
}

/**
 * A translator in a worker, which is started when the first job comes: nothing waits for it. When it fails, the code
 * that is there stays in use, all other is interpreted.
 * @param known from earlier on; what is translated here is known to later machines, too.
 */
export function translateElsewhere(
  known: readonly TranslatedModule[],
  start: (onReply: (reply: TranslationReply) => void, onFailure: (why: string) => void) => TranslatorWorker,
): TranslationService {
  const waiting = new Map<number, RequestOptions & { readonly done: (reply: TranslationReply) => void }>();
  let worker: TranslatorWorker | undefined;
  let jobs = 0;
  let failure: string | undefined;
  let modules = [...known];
  const onReply = (reply: TranslationReply): void => {
    const job = waiting.get(reply.id);
    if (job?.replaces) modules = modules.filter((module) => !job.replaces!.includes(module));
    if (job && job.keep !== false && modules.push(reply) > MAX_KNOWN) modules.shift();
    waiting.delete(reply.id);
    job?.done(reply);
  };
  const onFailure = (why: string): void => {
    failure ??= why;
    waiting.clear();
  };
  return {
    request(requests, done, options = {}) {
      if (failure !== undefined) return;
      worker ??= start(onReply, onFailure);
      const id = jobs++;
      waiting.set(id, { done, ...options });
      const { keep = true, replaces = [] } = options;
      worker.post({ id, requests, keep, replaces: replaces.flatMap(({ kept }) => kept ?? []) });
    },
    known: () => modules,
    failure: () => failure,
  };
}
