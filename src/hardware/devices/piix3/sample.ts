import { pciSample } from "../../testing/pci-sample.ts";
import type { Sample } from "../../testing/sample.ts";
import { Piix3 } from "./piix3.ts";

export const sample = (): Sample => pciSample(new Piix3([], () => false));
