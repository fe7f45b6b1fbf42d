import type { Host } from "../timetravel/index.ts";

/** The worker's clock, timers and entropy: all that is not deterministic enters here. */
export function workerHost(): Host {
  return {
    nowMs: () => performance.now(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms);
      return { dispose: () => clearTimeout(timer) };
    },
    giveWay: giveWay(),
    entropy: (length) => crypto.getRandomValues(new Uint8Array(length)),
    realTime: () => Math.floor(Date.now() / 1000),
  };
}

/** Comes back after whatever else is waiting, and is not throttled as timers are. */
function giveWay(): () => Promise<void> {
  // A task costs a fraction of a message to itself; Safari has none yet (2026).
  const { scheduler } = globalThis as { scheduler?: { postTask(task: () => void): Promise<void> } };
  if (scheduler !== undefined) return () => scheduler.postTask(() => undefined);
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      channel.port2.postMessage(undefined);
    });
}
