import { UserError } from "../base/index.ts";
import type { BoardType } from "../machine/index.ts";
import type { Draft, Take } from "./draft.ts";
import { flag, settle, splitList } from "./values.ts";

const files = { kernel: "kernel", initrd: "initrd", append: "append", dtb: "dtb", firmware: "bios" } as const;

/** `-machine [type=]NAME[,property=value...]`. As in QEMU, several of them add up. */
export const takeMachine: Take = (draft, value, option) => {
  if (value === "help" || value === "?") {
    draft.information = "machines";
    return;
  }
  const properties = splitList(value, "type");
  const name = properties.get("type");
  if (name !== undefined) draft.machine = { name, option };
  const take = (board: BoardType): void => {
    for (const [key, setting] of properties) if (key !== "type") takeProperty(draft, board, key, setting);
  };
  draft.ofBoard.push({ option, take });
};

/** `-cpu [model=]MODEL[,property=value...]` */
export const takeCpu: Take = (draft, value, option) => {
  const properties = splitList(value, "model");
  const model = properties.get("model") ?? "";
  if (model === "help" || model === "?") draft.information = "cpus";
  draft.cpu = model;
  const take = ({ cpus }: BoardType): void => {
    const settings = Object.hasOwn(cpus, model) ? cpus[model] : undefined;
    if (!settings)
      throw new UserError(`CPU model '${model}' is not available here; there is ${Object.keys(cpus).join(" or ")}`);
    for (const [name, setting] of properties) if (name !== "model") settle(model, settings, name, setting);
  };
  draft.ofBoard.push({ option, take });
};

function takeProperty(draft: Draft, board: BoardType, key: string, value: string): void {
  const { options } = draft;
  const owner = `the ${board.name} machine`;
  if (key === "dtb-randomness" || key === "dtb-kaslr-seed") options.randomness = flag(key, value);
  else if (board.options.flags?.includes(key)) options.flags[key] = flag(key, value);
  else if (key === "dumpdtb" && board.deviceTree) options.dumpdtb = value;
  else if (key === "accel") checkAccelerators(value);
  else if (Object.hasOwn(files, key)) {
    const option = files[key as keyof typeof files];
    options[option] = value;
    options.given.add(option);
  } else if (board.options.absent.includes(key.split(".")[0]!)) {
    throw new UserError(`property '${key}' of ${owner} is not available here`);
  } else settle(owner, board.options.settings, key, value);
}

const ACCELERATORS = ["tcg", "kvm", "hvf", "xen", "qtest", "nvmm", "whpx", "nitro", "mshv"];

/** "kvm:tcg": QEMU takes the first that there is. */
export function checkAccelerators(value: string): void {
  const names = value.split(":");
  for (const name of names) if (!ACCELERATORS.includes(name)) throw new UserError(`invalid accelerator ${name}`);
  if (!names.includes("tcg")) throw new UserError(`accelerator '${value}' is not available here; only 'tcg' is`);
}
