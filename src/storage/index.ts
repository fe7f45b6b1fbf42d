export { pieces, readWhole, RecordingGone, withReader, wrongName } from "./store.ts";
export type {
  ImageStore,
  RecordingCache,
  RecordingReader,
  RecordingStore,
  RecordingWriter,
  StoredRecording,
} from "./store.ts";
export { MemoryImages, MemoryStore } from "./memory.ts";
