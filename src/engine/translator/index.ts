export { Translator } from "./translate.ts";
