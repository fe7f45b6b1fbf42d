export { type TranslatedRegion, type Translation, type TranslationRequest, Translator } from "./translate.ts";
