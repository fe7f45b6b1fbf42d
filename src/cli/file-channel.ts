import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { messageOf, UserError } from "../base/index.ts";
import { BaseChannel, LARGEST_BACKLOG } from "./base-channel.ts";

const retryMs = 20;

/** A file that takes what is written: also a pipe or a device, whose reader may be slow. */
export class FileChannel extends BaseChannel {
  private readonly file: number;
  private backlog: Uint8Array[] = [];
  private backlogBytes = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private drained: (() => void) | undefined;
  private failed = false;

  constructor(
    private readonly path: string,
    private readonly say: (line: string) => void,
  ) {
    super();
    try {
      this.file = unblocked(path, openSync(path, "w"));
    } catch (error) {
      throw new UserError(`could not open ${path}: ${messageOf(error)}`);
    }
  }

  /** What there is no room for is lost, as with QEMU: the machine goes on. */
  write(bytes: Uint8Array): void {
    if (this.backlogBytes + bytes.length > LARGEST_BACKLOG) return;
    this.backlog.push(bytes);
    this.backlogBytes += bytes.length;
    if (this.retry === undefined) this.drain();
  }

  private drain(): void {
    this.retry = undefined;
    try {
      for (let next = this.backlog[0]; next; next = this.backlog[0]) {
        const done = writeSync(this.file, next);
        this.backlogBytes -= done;
        this.failed = false;
        if (done < next.length) this.backlog[0] = next.subarray(done);
        else this.backlog.shift();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") {
        this.retry = setTimeout(() => this.drain(), retryMs);
        return;
      }
      if (!this.failed) this.say(`${this.path}: ${messageOf(error)}: what is written there is lost`);
      this.failed = true;
      this.backlog = [];
      this.backlogBytes = 0;
    }
    this.drained?.();
  }

  override async close(): Promise<void> {
    if (this.retry !== undefined) await new Promise<void>((resolve) => (this.drained = resolve));
    closeSync(this.file);
  }
}

/** A pipe or device whose reader stops must not stop everything else: opened again, so that writing to it does not wait. */
function unblocked(path: string, file: number): number {
  const kind = fstatSync(file);
  if (!kind.isFIFO() && !kind.isCharacterDevice()) return file;
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } finally {
    closeSync(file);
  }
}
