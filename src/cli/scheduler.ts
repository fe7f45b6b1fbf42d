import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Host } from "../timetravel/index.ts";

/** Node's clock, timers and entropy: all that is not deterministic enters a session here. */
export function nodeHost(): Host {
  return {
    nowMs: () => performance.now(),
    after(ms, callback) {
      // Longer than Node's timers can wait.
      const timer = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
      return { dispose: () => clearTimeout(timer) };
    },
    giveWay: () => new Promise((resolve) => setImmediate(resolve)),
    entropy: (length) => new Uint8Array(randomBytes(length)),
    realTime: () => Math.floor(Date.now() / 1000),
  };
}
