export { assert, unreachable, AssertionError, UserError } from "./assert.ts";
export { type Disposable, DisposableStore, EventEmitter } from "./disposable.ts";
export { ByteReader, ByteWriter } from "./bytes.ts";
