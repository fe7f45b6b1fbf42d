export { pieces, readWhole, RecordingGone, wrongName } from "./store.ts";
export type {
  ImageStore,
  RecordingCache,
  RecordingReader,
  RecordingStore,
  RecordingWriter,
  StoredRecording,
} from "./store.ts";
export { MemoryImages, MemoryStore } from "./memory.ts";
