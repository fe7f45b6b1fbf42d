import { stateless } from "../../state/index.ts";

export const debugconState = stateless("debugcon");
