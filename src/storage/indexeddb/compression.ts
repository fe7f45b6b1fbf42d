export function deflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return through(bytes, new CompressionStream("deflate-raw"));
}

/** Undefined when the bytes are damaged. */
export function inflate(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return through(bytes, new DecompressionStream("deflate-raw")).catch(() => undefined);
}

/** Written as they are: what comes by way of a Blob is copied twice. The bytes must not change meanwhile. */
async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = stream.writable.getWriter();
  const written = Promise.all([writer.write(bytes as Uint8Array<ArrayBuffer>), writer.close()]);
  const [output] = await Promise.all([new Response(stream.readable).arrayBuffer(), written]);
  return new Uint8Array(output);
}
