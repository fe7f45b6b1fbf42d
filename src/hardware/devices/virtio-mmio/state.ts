import { stateless } from "../../state/index.ts";

/** An empty transport keeps nothing. */
export const virtioMmioState = stateless("virtio-mmio");
