import { pciSample } from "../../testing/pci-sample.ts";
import type { Sample } from "../../testing/sample.ts";
import { Piix4Function } from "./piix4-function.ts";

export const sample = (): Sample => {
  const nowhere = (): void => {};
  return pciSample(new Piix4Function(nowhere, nowhere));
};
