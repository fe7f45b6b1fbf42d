export * from "./data.ts";
export * from "./objects.ts";
export * from "./operators.ts";
export * from "./resources.ts";
export * from "./statements.ts";
export type { Aml } from "./encoding.ts";
