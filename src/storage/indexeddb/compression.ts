export function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new CompressionStream("deflate-raw"));
}

/** Undefined when the bytes are damaged. */
export function inflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return through(bytes, new DecompressionStream("deflate-raw")).catch(() => undefined);
}

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const output = new Blob([bytes.slice()]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(output).arrayBuffer());
}
