export { RecordingGone, wrongName } from "./store.ts";
export type { ImageStore, RecordingCache, RecordingStore, RecordingWriter, StoredRecording } from "./store.ts";
export { MemoryImages, MemoryStore } from "./memory.ts";
