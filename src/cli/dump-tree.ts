import { writeFile } from "node:fs/promises";
import { assert, UserError } from "../base/index.ts";
import { boards } from "../machine/index.ts";
import { orUserError } from "../storage/directory/index.ts";
import { imageFiles, loadImages } from "./files.ts";
import { configurationOf } from "./make-machine.ts";
import { checkBoot, type Options } from "./options.ts";
import { nodeHost } from "./scheduler.ts";

/** `-M dumpdtb=FILE`: writes the device tree that the guest would get; resolves to the exit code. Nothing is recorded. */
export async function dumpDeviceTree(options: Options, file: string, say: (line: string) => void): Promise<number> {
  if (options.icount.rr === "replay") throw new UserError("-M dumpdtb: a replay has its recording's tree");
  checkBoot(options);
  const { deviceTree } = boards.named(options.machine);
  assert(deviceTree, "a machine without a device tree has no such option");
  const { images } = await loadImages(imageFiles(options));
  const tree = deviceTree.dump(
    images,
    configurationOf(options),
    options.randomness ? nodeHost().entropy(deviceTree.seedBytes) : undefined,
  );
  if (!tree) throw new UserError("-M dumpdtb: there is no room for a device tree");
  await orUserError(`-M dumpdtb: could not write '${file}'`, writeFile(file, tree));
  say(`info: dtb dumped to ${file}. Exiting.`);
  return 0;
}
