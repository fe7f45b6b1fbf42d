import { describeFunction } from "../../pci/describe-function.ts";
import { STATUS_FAST, STATUS_MEDIUM } from "../../pci/configuration.ts";

/** 82371AB's power management. What firmware tells an operating system of the board's ports stands in it, too. */
export const piix4FunctionState = describeFunction({
  ...{ name: "piix4", vendor: 0x8086, device: 0x7113, revision: 3, class: 0x0680, interruptPin: 1 },
  status: STATUS_MEDIUM | STATUS_FAST,
  own: { 0x40: 0x01, 0x5b: 0x02, 0x5f: 0x90, 0x63: 0x60, 0x67: 0x08, 0x90: 0x01, 0x91: 0xb1, 0xd2: 0x09 },
  resets: [0x40, 0x58, 0x59, 0x5a, 0x5b, 0x80],
});
