export { openDatabase, type Database } from "./database.ts";
export { IndexedDbStore } from "./indexeddb-store.ts";
export { IndexedDbImages } from "./indexeddb-images.ts";
