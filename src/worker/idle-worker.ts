/** A worker that is there while it has something to do, and for `restMs` afterwards: it is started again when needed. */
export interface IdleWorker<Message> {
  post(message: Message, transfer: Transferable[]): void;
  /** One of the messages posted has been answered. */
  answered(): void;
  terminate(): void;
}

export interface IdleWorkerTimes {
  readonly restMs: number;
  /** What is posted waits so long for the worker to be started, while others have more use for the computer. */
  readonly patienceMs: () => number;
  /** Asked when that is over: otherwise it waits as long once more. */
  readonly worthwhile: () => boolean;
}

/** `start`: makes the worker, with its listeners. Every message posted is answered once. */
export function idleWorker<Message>(
  start: () => Pick<Worker, "postMessage" | "terminate">,
  { restMs, patienceMs, worthwhile }: IdleWorkerTimes,
): IdleWorker<Message> {
  let worker: Pick<Worker, "postMessage" | "terminate"> | undefined;
  let posted: { message: Message; transfer: Transferable[] }[] = [];
  let waiting = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (): void => {
    worker ??= start();
    for (const { message, transfer } of posted.splice(0)) worker.postMessage(message, transfer);
  };
  const waitAndSend = (ms: number): void => {
    timer = setTimeout(() => (worthwhile() ? send() : waitAndSend(ms)), ms);
  };
  const terminate = (): void => {
    clearTimeout(timer);
    worker?.terminate();
    worker = undefined;
    posted = [];
    waiting = 0;
  };
  return {
    post: (message, transfer) => {
      posted.push({ message, transfer });
      if (waiting++ > 0 && worker === undefined) return;
      clearTimeout(timer);
      const patience = worker === undefined ? patienceMs() : 0;
      if (patience > 0) waitAndSend(patience);
      else send();
    },
    answered: () => {
      if (--waiting === 0) timer = setTimeout(terminate, restMs);
    },
    terminate,
  };
}
