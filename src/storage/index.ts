export type { ImageStore, RecordingCache, RecordingStore, RecordingWriter, StoredRecording } from "./store.ts";
export { MemoryStore } from "./memory.ts";
