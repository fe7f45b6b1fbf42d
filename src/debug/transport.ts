/** The way to one client, whatever carries it. */
export interface Transport {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}
