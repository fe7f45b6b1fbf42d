export { assert, unreachable, AssertionError, messageOf, UserError } from "./assert.ts";
export { type Disposable, DisposableStore, EventEmitter } from "./disposable.ts";
export { sealed, unsealed } from "./sealed.ts";
export { ByteReader, ByteWriter } from "./bytes.ts";
export { crc32c } from "./crc32c.ts";
export { hex, hexDigits } from "./hex.ts";
export { printable } from "./printable.ts";
export { Sha256, sha256, sha256Hex } from "./sha256.ts";
