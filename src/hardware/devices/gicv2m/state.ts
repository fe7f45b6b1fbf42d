import { stateless } from "../../state/index.ts";

/** The frame keeps nothing: a message is an edge. */
export const gicv2mState = stateless("gicv2m");
