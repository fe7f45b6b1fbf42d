import { boards, type EmulatedMachine, type Images, type MachineConfiguration } from "../machine/index.ts";
import { SEMANTICS } from "../timetravel/index.ts";
import { readInterpreter } from "./files.ts";
import type { Options } from "./options.ts";
import { nodeTranslation } from "./translation.ts";

/** Of a machine that is to start. */
export function configurationOf(options: Options): MachineConfiguration {
  const { icount, machine: board, ramBytes, append, reboot, randomness, cpu, own } = options;
  const said = Array.from(own, ([name, { value }]) => [name, value] as const).filter(
    ([, value]) => value !== undefined,
  );
  return {
    board,
    cpu,
    ramBytes,
    shift: icount.shift,
    append,
    reboot,
    randomness,
    semantics: SEMANTICS,
    ...Object.fromEntries(said),
  };
}

/** Makes machines of one configuration, with one interpreter and one translator for all. */
export async function machineFactory(
  configuration: MachineConfiguration,
  images: Images,
  /** False: there is no translator, whatever a machine asks for. */
  translated: boolean,
  folder?: string,
): Promise<(translate?: boolean) => EmulatedMachine> {
  const { guest } = boards.named(configuration.board);
  const interpreter = await readInterpreter(guest.name);
  const translation = translated ? await nodeTranslation(guest.name, interpreter, folder) : undefined;
  return (translate = translated) =>
    boards.create({ configuration, images, interpreter, ...(translate && translation && { translation }) });
}
