import { UserError } from "../base/index.ts";

export type OnBytes = (done: number, total: number) => void;

/** What lies beside the page: the guest's files, and where the bridge is. */
export class Site {
  constructor(private readonly base: string) {}

  /** A file of the site; undefined when there is none. `onBytes` may be told a total of 0: not known. */
  async fetch(path: string, signal: AbortSignal, onBytes: OnBytes): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const response = await this.request(path, { signal });
    if (!response?.body) return undefined;
    const total = Number(response.headers.get("Content-Length") ?? 0);
    let bytes = new Uint8Array(total);
    let done = 0;
    for (const reader = response.body.getReader(); ;) {
      const part = await reader.read();
      if (part.done) break;
      if (done + part.value.length > bytes.length) {
        const grown = new Uint8Array(Math.max(done + part.value.length, bytes.length * 2));
        grown.set(bytes);
        bytes = grown;
      }
      bytes.set(part.value, done);
      done += part.value.length;
      onBytes(done, total);
    }
    return bytes.length === done ? bytes : bytes.slice(0, done);
  }

  async has(path: string): Promise<boolean> {
    return (await this.request(path, { method: "HEAD" })) !== undefined;
  }

  async json(path: string): Promise<unknown> {
    try {
      return await (await this.request(path, {}))?.json();
    } catch {
      return undefined;
    }
  }

  /** A server that answers every path with its page has no such file either. */
  private async request(path: string, init: RequestInit): Promise<Response | undefined> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.base), init);
    } catch (error) {
      if (init.signal?.aborted) throw new UserError("cancelled", { cause: error });
      throw new UserError(`${path} could not be fetched: is the server still running?`, { cause: error });
    }
    if (!response.ok || response.headers.get("Content-Type")?.startsWith("text/html")) return undefined;
    return response;
  }
}
