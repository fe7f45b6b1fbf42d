export { FunctionBuilder } from "./function.ts";
export { ModuleBuilder } from "./module.ts";
