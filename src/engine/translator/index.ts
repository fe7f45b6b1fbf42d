export { type Keep, Translator } from "./translate.ts";
