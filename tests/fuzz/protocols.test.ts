import { beforeAll, expect, it } from "vitest";
import { fuzz } from "./drive.ts";
import { FuzzTargets } from "./target.ts";

let targets: FuzzTargets;
beforeAll(async () => void (targets = await FuzzTargets.create()));

// `npm run fuzz` sends 100,000 of each.
it.each(["rsp", "qmp", "hmp"] as const)("%s survives malformed messages", { timeout: 120_000 }, async (protocol) => {
  await expect(fuzz(targets, { protocol, seed: 1, inputs: 3000 })).resolves.toBeUndefined();
});
