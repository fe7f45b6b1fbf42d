/** A worker that is there while it has something to do, and for `restMs` afterwards: it is started again when needed. */
export interface IdleWorker<Message> {
  post(message: Message, transfer: Transferable[]): void;
  /** One of the messages posted has been answered. */
  answered(): void;
  terminate(): void;
}

/** `start`: makes the worker, with its listeners. Every message posted is answered once. */
export function idleWorker<Message>(
  start: () => Pick<Worker, "postMessage" | "terminate">,
  restMs: number,
): IdleWorker<Message> {
  let worker: Pick<Worker, "postMessage" | "terminate"> | undefined;
  let waiting = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const terminate = (): void => {
    clearTimeout(rest);
    worker?.terminate();
    worker = undefined;
    waiting = 0;
  };
  return {
    post: (message, transfer) => {
      clearTimeout(rest);
      worker ??= start();
      waiting++;
      worker.postMessage(message, transfer);
    },
    answered: () => {
      if (--waiting === 0) rest = setTimeout(terminate, restMs);
    },
    terminate,
  };
}
