export { DirectoryCache } from "./directory-cache.ts";
export { DirectoryStore } from "./directory-store.ts";
export { DirectoryImages } from "./directory-images.ts";
export { orUserError } from "./files.ts";
export { lockRecording, RecordingInUse } from "./recording-lock.ts";
