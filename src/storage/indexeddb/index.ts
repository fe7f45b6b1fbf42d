export { Database, openDatabase } from "./database.ts";
export { IndexedDbStore, sharedCache } from "./indexeddb-store.ts";
export { IndexedDbImages } from "./indexeddb-images.ts";
