import { PciFunction } from "../../pci/pci-function.ts";
import { pciSample } from "../../testing/pci-sample.ts";
import type { Sample } from "../../testing/sample.ts";
import { piix3State } from "./state.ts";

export const sample = (): Sample => pciSample(new PciFunction(piix3State));
