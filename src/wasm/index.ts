export { addControlFlow, flowLoops, type FlowBlock } from "./control-flow.ts";
export { FunctionBuilder, type Label, type Piece } from "./function.ts";
export { ModuleBuilder } from "./module.ts";
