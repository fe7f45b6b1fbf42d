import { expect, it } from "vitest";
import { missingFeatures } from "./support.ts";

it("probes features with valid modules", () => {
  expect(missingFeatures().filter((name) => name.startsWith("WebAssembly"))).toEqual([]);
});
