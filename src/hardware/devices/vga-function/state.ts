import { describeFunction } from "../../pci/describe-function.ts";

const KB = 1024;

/** Bochs' VGA: 16 MB of memory, a page of registers, 64 KB for its ROM. */
export const vgaFunctionState = describeFunction({
  ...{ name: "vga-function", vendor: 0x1234, device: 0x1111, revision: 2, class: 0x0300 },
  bars: [
    { register: 0, space: "memory", prefetchable: true, size: 16 * KB * KB },
    { register: 2, space: "memory", size: 4 * KB },
    { register: "rom", space: "memory", size: 64 * KB },
  ],
});
