import { UserError } from "./assert.ts";
import { ByteWriter } from "./bytes.ts";
import { crc32c } from "./crc32c.ts";

/** Bytes of a cache with their checksum, which begins with the length: a few zeros are no empty blob. */
export function sealed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new ByteWriter()
    .raw(bytes)
    .u32(crc32c(bytes, bytes.length + 1))
    .finish();
}

/** What was sealed. Throws a UserError when it is damaged. */
export function unsealed(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - 4;
  const content = bytes.subarray(0, Math.max(0, length));
  if (
    length < 0 ||
    new DataView(bytes.buffer, bytes.byteOffset + length).getUint32(0, true) !== crc32c(content, length + 1)
  )
    throw new UserError("the cache is damaged");
  return content;
}
