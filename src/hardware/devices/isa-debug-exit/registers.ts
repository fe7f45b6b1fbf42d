/** Ports of QEMU's device, unless its properties `iobase` and `iosize` say otherwise. */
export const DEBUG_EXIT_PORTS = { base: 0x501, count: 2 } as const;
