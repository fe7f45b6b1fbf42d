import type { Host } from "../timetravel/index.ts";

/** The worker's clock, timers and entropy: all that is not deterministic enters here. */
export function workerHost(): Host {
  // A message to itself comes back after whatever else is waiting, and is not throttled as timers are.
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return {
    nowMs: () => performance.now(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms);
      return { dispose: () => clearTimeout(timer) };
    },
    giveWay: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        channel.port2.postMessage(undefined);
      }),
    entropy: (length) => crypto.getRandomValues(new Uint8Array(length)),
    realTime: () => Math.floor(Date.now() / 1000),
  };
}
