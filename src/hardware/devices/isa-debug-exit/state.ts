import { stateless } from "../../state/index.ts";

export const isaDebugExitState = stateless("isa-debug-exit");
