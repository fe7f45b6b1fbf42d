import { describeFunction } from "../../pci/describe-function.ts";
import { STATUS_FAST, STATUS_MEDIUM } from "../../pci/configuration.ts";

/** 82371SB's IDE: both channels are where ISA's were, only what masters the bus has a BAR. */
export const piix3IdeFunctionState = describeFunction({
  ...{ name: "piix3-ide", vendor: 0x8086, device: 0x7010, class: 0x0101, programmingInterface: 0x80 },
  status: STATUS_MEDIUM | STATUS_FAST,
  bars: [{ register: 4, space: "ports", size: 16 }],
});
