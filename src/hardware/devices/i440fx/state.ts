import { describeFunction } from "../../pci/describe-function.ts";

/** 82441FX, revision 2. A reset leaves its own registers, and with them the shadow RAM, as they are. */
export const i440fxState = describeFunction({
  ...{ name: "i440fx", vendor: 0x8086, device: 0x1237, revision: 2, class: 0x0600 },
  own: { 0x72: 2 },
});
