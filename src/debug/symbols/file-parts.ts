/** A file that is read in parts: a kernel with debug information has hundreds of megabytes. */
export interface FileParts {
  readonly name: string;
  readonly size: number;
  /** Bytes from `start` up to `end`, or to the file's end. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}
